"""How a log is dressed: what stands around a worker's words, and how it is taken off.

``Reader`` reads one line; ``learnt_dress`` looks over a log's lines for prefixes that no table
knows.
"""

from harness.trace.reading.learning import Dress, Shape, learnt_dress
from harness.trace.reading.reader import Reader, find_event

__all__ = ["Dress", "Reader", "Shape", "find_event", "learnt_dress"]
