"""Which image a submission may begin from: the assignment's list, in one spelling; never what
merely lies here.
"""

import re
from collections.abc import Iterable

_NAME = re.compile(
    r"(?P<name>[a-z0-9][a-z0-9._/-]*)(?::(?P<tag>\w[\w.-]{0,127}))?(?:@sha256:[0-9a-f]{64})?"
)
_HUB = re.compile(r"(?:(?:registry-1\.|index\.)?docker\.io/)?(?:library/)?")


def allowed_image(image: str, bases: Iterable[re.Pattern[str]]) -> str | None:
    """The image by its plain name and tag; None where it is none of ``bases``.

    A digest is left out: the Engine finds any image of this machine by it, whatever name stands
    before.
    """
    match = _NAME.fullmatch(image.strip())
    if match is None or ("@" in image and match["tag"] is None):
        return None
    name = match["name"][_HUB.match(match["name"]).end() :]  # type: ignore[union-attr]
    plain = name if match["tag"] is None else f"{name}:{match['tag']}"
    return plain if any(base.fullmatch(plain) for base in bases) else None
