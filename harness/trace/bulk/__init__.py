"""The fast path for large logs: clean jobs are judged by the thousand, everything else line by line.

Three lines in a row that are, byte for byte, a clean job as the profile words it say nothing that any
rule could hold against it, if its id is new, its place in the queue is the next one, and no other job is
open in its stream. Those cost a key and a line number. Each other line goes to ``Judge`` as ever, in its
turn. Without this package every verdict is the same, only later: ``judge.feed_all(read_lines(log))``.
"""

from harness.trace.bulk.feed import BLOCK, feed_log
from harness.trace.bulk.submitted import pack_submitted

__all__ = ["BLOCK", "feed_log", "pack_submitted"]
