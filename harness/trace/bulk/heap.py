"""What the C library does with memory that numpy has given back. Nothing, where it is not glibc."""

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  #: of glibc's malloc.h
_OWN = 8 << 20  #: bytes from which an array has pages of its own
_OWN_ONCE = 1 << 17
_KEPT = 8 << 20  #: bytes at the heap's end that are kept at most


def keep_freed() -> None:
    """Let the arrays of one block lie where those of the last one did: else glibc gives their pages
    back at once, and the system clears them anew for each block, an eighth of a log's time.
    """
    _glibc("mallopt", _MMAP_THRESHOLD, _OWN)
    _glibc("mallopt", _TRIM_THRESHOLD, _KEPT)


def give_back() -> None:
    """Give the system what work that will not come again has left free within the heap."""
    _glibc("malloc_trim", 0)


@contextmanager
def once() -> Iterator[None]:
    """For work that will not come again soon: what it takes is given back, and what lay free before
    it is not kept beside it.
    """
    give_back()
    _glibc("mallopt", _MMAP_THRESHOLD, _OWN_ONCE)
    try:
        yield
    finally:
        _glibc("mallopt", _MMAP_THRESHOLD, _OWN)
        give_back()


def _glibc(function: str, *arguments: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # musl has no such function
            ctypes.CDLL(None)[function](*arguments)
