"""The end of a log is read from its end: as many lines as are asked for, whatever lies before them."""

import tracemalloc
from itertools import islice

import pytest

from harness.stack.file_logs import _PIECE, LogTail

MIB = 1024 * 1024


def ends(files, tail, *, follow=False, ended=lambda: True):
    """The lines of those files from there on."""
    named = [(path.name, path) for path in files]
    return LogTail(lambda: named, follow=follow, timestamps=False, ended=ended, tail=tail)


def written(path, lines, begins="12:00:00"):
    """A log of such lines, stamped in order."""
    path.write_bytes(b"".join(b"%s.%09d %s\n" % (begins.encode(), *one) for one in lines))
    return path


@pytest.mark.parametrize("size", [0, 1, 70, _PIECE // 2, _PIECE + 1])
@pytest.mark.parametrize("tail", [0, 1, 2, 5, 9, 10, 1000])
def test_it_is_the_end_of_the_whole(tmp_path, size, tail):
    """Long lines and short ones, fewer lines than are asked for, a piece's border anywhere."""
    log = written(tmp_path / "log", [(n, b"x" * size + b"%d\r" % n) for n in range(10)])
    with log.open("ab") as file:
        file.write(b"one that has not ended")
    whole = list(ends([log], None))
    assert len(whole) == 10
    assert list(ends([log], tail)) == (whole[-tail:] if tail else [])


def test_of_several_replicas_each_ones_end_is_told_in_the_order_of_time(tmp_path):
    """And whose line it is; of a file that is not there, nothing."""
    a = written(tmp_path / "a", [(n, b"%d" % n) for n in (1, 3, 5)])
    b = written(tmp_path / "b", [(n, b"%d" % n) for n in (2, 4)])
    told = list(ends([a, b, tmp_path / "none"], 2))
    assert told == [b"b  | 2\n", b"a  | 3\n", b"b  | 4\n", b"a  | 5\n"]


def test_what_comes_later_is_told_too(tmp_path):
    """Also of a replica that joins."""
    a, b = written(tmp_path / "a", [(1, b"old"), (2, b"end")]), tmp_path / "b"
    over = []
    log = ends([a, b], 1, follow=True, ended=lambda: bool(over))
    assert next(log) == b"a  | end\n"
    written(b, [(3, b"first"), (4, b"second")])
    assert list(islice(log, 2)) == [b"b  | first\n", b"b  | second\n"]
    over.append(True)
    assert list(log) == []


def test_a_long_log_costs_no_more_than_its_end(tmp_path):
    """Whoever looks every second at 32 MiB takes in what was asked for."""
    log = written(tmp_path / "log", [(n, b"y" * 110) for n in range(256 * 1024)])
    assert log.stat().st_size > 32 * MIB
    tracemalloc.start()
    try:
        assert len(list(ends([log], 2000))) == 2000
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3 * MIB
