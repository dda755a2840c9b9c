"""Names in a zip that say not in which alphabet they are: Windows packs them in CP866, older
tools in CP1251.
"""

import itertools
import zipfile

_UTF8 = 0x800  #: the flag of a name that says it is UTF-8
_LETTERS = frozenset(
    "абвгґдеєжзиіїйклмнопрстуфхцчшщьюяыэёъ" + "abcdefghijklmnopqrstuvwxyz0123456789 ._-/()'’"
)


def member_name(info: zipfile.ZipInfo) -> str:
    """The member's name as its packer meant it, with ``/`` between folders."""
    name = info.filename
    if not info.flag_bits & _UTF8:
        try:
            name = decoded(info.orig_filename.encode("cp437"))
        except UnicodeEncodeError:
            name = info.filename
    return name.replace("\\", "/")


def decoded(raw: bytes) -> str:
    """UTF-8 where it is that, else the one of the two in which it reads as a name; CP866 where
    both do.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        readings = [raw.decode(code, "replace") for code in ("cp866", "cp1251")]
        return max(readings, key=_likeness)


def _likeness(name: str) -> int:
    """Letters that a name is made of; capitals in the middle of a word speak against."""
    strange = sum(a.islower() and b.isupper() for a, b in itertools.pairwise(name))
    return sum(2 if char.lower() in _LETTERS else -2 for char in name) - strange
