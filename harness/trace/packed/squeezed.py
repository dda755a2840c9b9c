"""gzip and Zstandard: one log, packed."""

import gzip
import importlib
import io
import zlib
from typing import BinaryIO

from harness.trace.errors import TraceError
from harness.trace.packed.bounded import bounded
from harness.trace.packed.kinds import GZIP, ZSTD


def unsqueezed(file: BinaryIO, head: bytes, size: int, name: str) -> io.BufferedReader | None:
    """The log in a packed file that stands at its beginning, ``head``; None where it is not
    packed.
    """
    if head.startswith(GZIP):
        inner = gzip.GzipFile(fileobj=file)
        return bounded(inner, size, name, (EOFError, OSError, zlib.error))
    if head.startswith(ZSTD):
        return _zstandard(file, size, name)
    return None


def _zstandard(file: BinaryIO, size: int, name: str) -> io.BufferedReader:
    try:
        library = importlib.import_module("zstandard")
    except ImportError as error:
        raise TraceError("log-zstd", file=name) from error
    window = library.ZstdDecompressor(max_window_size=1 << 27)
    inner = window.stream_reader(file, read_across_frames=True)
    return bounded(inner, size, name, (library.ZstdError, EOFError))
