"""Files that hold a log and are no plain text: packed, archived, a notebook, a page.

``unpacked`` tells by a file's first bytes (and its name, for texts) what it is, and gives its
lines.
"""

from harness.trace.packed.bounded import stream_of
from harness.trace.packed.opening import Part, Unpacked, unpacked

__all__ = ["Part", "Unpacked", "stream_of", "unpacked"]
