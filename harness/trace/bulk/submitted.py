"""Submitted ids, packed: a million of them in 16 MB."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from harness.trace.bulk.heap import give_back, keep_freed
from harness.trace.bulk.keys import SIZE, TEXT, Bytes, Keys, Submitted, hi_of, pack

_ROWS = 1 << 12  #: lines packed at a time


def pack_submitted(ids: Iterable[str]) -> Submitted:
    """Ids as ``load_submitted`` gives them, each once, packed."""
    text = bytes.fromhex("".join(dict.fromkeys(job_id.replace("-", "").lower() for job_id in ids)))
    return Submitted(Keys.of(np.frombuffer(text, np.uint8).reshape(-1, SIZE)))


def packed_file(path: Path) -> Submitted | None:
    """The ids of a file of lower-case ids, one a line and nothing else; None where it is
    another.
    """
    row = TEXT + 1
    size = path.stat().st_size
    if not size or size % row not in (0, TEXT):
        return None
    keep_freed()
    count = -(-size // row)
    keys = np.empty((count, SIZE), np.uint8)
    with path.open("rb") as file:
        for at in range(0, count, _ROWS):
            data = file.read(_ROWS * row)
            data += b"\n" * (-len(data) % row)
            if not _pack_lines(data, keys[at : at + _ROWS]):
                return None
    firsts = np.sort(hi_of(keys))
    if (firsts[1:] == firsts[:-1]).any():
        return None  # one of them twice, perhaps
    del firsts
    give_back()
    return Submitted(Keys.of(keys))


def _pack_lines(data: bytes, into: Bytes) -> bool:
    lines = np.frombuffer(data, np.uint8).reshape(-1, TEXT + 1)
    if len(lines) != len(into) or (lines[:, TEXT] != 10).any():
        return False
    into[:], bad = pack(lines[:, :TEXT])
    return bad is None
