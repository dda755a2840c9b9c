"""The fast path for large logs: clean jobs are judged by the thousand, everything else line by
line.

Lines are told by *forms*, learnt from lines that the profile itself has parsed: any digit in a
stamp, any id. Three events that follow each other in their stream and are a clean job say nothing
that any rule could hold against it, if its id is new, its place in the queue is not before one that
the stream has had, and no other job is open there. Those cost a key and a mark. Each other event
goes to ``Judge`` as ever, in its turn; lines that hold none of an event's words are counted.
Without this package every verdict is the same, only later: ``judge.feed_all(read_lines(log))``.
"""

from harness.trace.bulk.feed import BLOCK, feed_log
from harness.trace.bulk.submitted import pack_submitted

__all__ = ["BLOCK", "feed_log", "pack_submitted"]
