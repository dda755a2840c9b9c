"""Small pictures: the chip of a job carries what was sent, not its name alone.

What is sent may be anything: so many pixels are opened at the most, and what cannot be opened has
no small picture.
"""

import threading
from base64 import b64encode
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageOps

SIDE = 64  #: pixels: twice the chip's, for a screen of high density
_MOST_PIXELS = 40_000_000
_MOST = 500  #: different ones that are kept
_TYPES = ("PNG", "JPEG")


def small(data: bytes) -> bytes | None:
    """A JPEG of at most ``SIDE`` × ``SIDE``; None where it is no whole picture of a known kind, or
    cannot be shown.
    """
    try:
        with Image.open(BytesIO(data), formats=_TYPES) as opened:
            if opened.width * opened.height > _MOST_PIXELS:
                return None
            opened.draft("RGB", (SIDE * 2, SIDE * 2))
            image = _upright(opened).convert("RGB")
            image.thumbnail((SIDE, SIDE))
            jpeg = BytesIO()
            image.save(jpeg, "JPEG", quality=70)
            return jpeg.getvalue()
    except Exception:  # noqa: BLE001 - a stranger's bytes: whatever a decoder raises of them
        return None


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF says; as it lies where that says nothing that can be read."""
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - struct.error, TypeError ...: its EXIF is a stranger's, too
        return image


def as_url(data: bytes) -> str:
    """A small picture within a page."""
    return f"data:image/jpeg;base64,{b64encode(data).decode()}"


class Thumbs:
    """The small pictures of one lab's jobs, by name: the same picture twice is one."""

    def __init__(self) -> None:
        self._known: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def keep(self, data: bytes) -> str:
        """The name of what was sent; "" where it is no picture."""
        name = sha256(data).hexdigest()[:16]
        with self._lock:
            if name in self._known:
                return name
        made = small(data)
        if made is None:
            return ""
        with self._lock:
            self._known[name] = made
            if len(self._known) > _MOST:
                del self._known[next(iter(self._known))]
        return name

    def get(self, name: str) -> bytes | None:
        """The small picture of that name."""
        with self._lock:
            return self._known.get(name)
