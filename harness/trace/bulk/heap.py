"""What the C library does with memory that numpy has given back."""

import ctypes
import sys
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  #: of glibc's malloc.h
_OWN = 8 << 20  #: bytes from which an array has pages of its own
_KEPT = 32 << 20  #: bytes that are kept at most


def keep_freed() -> None:
    """Let the arrays of one block lie where those of the last one did: else glibc gives their pages
    back at once, and the system clears them anew for each block, an eighth of a log's time.
    Elsewhere this does nothing.
    """
    if sys.platform != "linux":
        return
    with suppress(OSError, AttributeError):  # musl has no such thing
        library = ctypes.CDLL(None)
        library.mallopt(_MMAP_THRESHOLD, _OWN)
        library.mallopt(_TRIM_THRESHOLD, _KEPT)
