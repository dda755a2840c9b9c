"""Who handed a work in, from the name that a learning system gave its folder or archive."""

import re
from dataclasses import dataclass

#: Moodle: «Full name_123456_assignsubmission_file_»; Canvas: «surnamename_LATE_123_456_file.zip».
_MOODLE = re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assign(submission|feedback)_[a-z]+(_.*)?")
_CANVAS = re.compile(r"(?P<name>[^_]+?)(_LATE)?_(?P<id>\d+)_\d+_.+")
_SUFFIX = re.compile(r"(?i)\.(zip|7z|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz|zst))$")


_ALPHABET = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """A person as the learning system calls them."""

    name: str
    id: str = ""  #: the system's own number; "" where the name tells none


def owner_of(given: str) -> Owner:
    """The owner that the outermost name of a submission tells."""
    for pattern in (_MOODLE, _CANVAS):
        match = pattern.fullmatch(given)
        if match:
            return Owner(name=match["name"].strip(), id=match["id"])
    return Owner(name=_SUFFIX.sub("", given).strip() or given)


def alphabetical(name: str) -> list[int]:
    """By which names stand as in a Ukrainian register: і after и, ґ after г, Latin letters
    first.
    """
    return [
        0x1000 + _ALPHABET.index(char) if char in _ALPHABET else ord(char)
        for char in name.casefold()
    ]
