"""A UTF-16 text to which another tool appended 8-bit lines (``>>`` of cmd, ``Add-Content``), as
UTF-8; UTF-16 may go on behind them, at an odd byte too.

The words of these logs are Latin, so each few bytes of UTF-16 hold a NUL. A stretch without one
that has many plain ASCII bytes in a row, or ends a plain line, is no UTF-16.
"""

import codecs
import re
from collections.abc import Iterable, Iterator

_PIECE = 1 << 16  #: bytes that are looked at together
_HELD = 4096  #: bytes that may wait for what decides about them
_PLAIN = rb"\t\r\n\x1b -~"
_RUN = re.compile(rb"[%b]{16}" % _PLAIN)
_TEXT = rb"[^\0-\x08\x0e-\x1a]"
#: As many plain bytes; or a short line before whole characters up to the next NUL, where it cannot
#: be of characters itself, for its length is odd, or its end is no letter of anybody's.
_BEGINS = {
    True: re.compile(
        rb"[%b]{16}|(?:(?<=\0)|\A)%b{0,400}\n(?=(?:[^\0]{2}){0,200}[^\0]\0)" % (_PLAIN, _TEXT)
    ),
    False: re.compile(
        rb"[%b]{16}|(?:(?<=\0)[^\0]|\A)(?:%b{2}){0,200}(?:\n|\r\n)(?=(?:[^\0]{2}){0,200}\0)"
        % (_PLAIN, _TEXT)
    ),
}
#: Latin letters read one byte off: a short 8-bit text of odd length stands before them.
_OFF = {
    True: re.compile(rb"(?<=[^\0-\x08])(?:\0[%b]){8}" % _PLAIN),
    False: re.compile(rb"(?:[%b]\0){8}" % _PLAIN),
}
_UTF16_ONLY = re.compile(rb"[\0-\x08\x0e-\x1a]")  #: bytes of other letters, and of no 8-bit text
_HIGHEST = 8  #: such a byte before an 8-bit text is a letter's higher half


def is_utf16(head: bytes) -> bool:
    """Whether a text that begins so is UTF-16, by its BOM."""
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))


def utf8_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The text as UTF-8, as soon as it is certain; ``blocks`` begin with a BOM."""
    mixed: _Mixed | None = None
    for block in blocks:
        if mixed is None:
            mixed = _Mixed(little=block.startswith(codecs.BOM_UTF16_LE))
            block = block[len(codecs.BOM_UTF16_LE) :]
        for at in range(0, len(block), _PIECE):
            yield mixed.feed(block[at : at + _PIECE])
    if mixed is not None:
        yield mixed.finish()


class _Mixed:
    """Reads the text piece by piece; what is not decided yet is held."""

    def __init__(self, *, little: bool) -> None:
        self._little = little
        self._codec = "utf-16-le" if little else "utf-16-be"
        self._held = b""
        self._is_8bit = False

    def feed(self, block: bytes) -> bytes:
        """What is certain by now."""
        self._held += block
        parts: list[bytes] = []
        while (end := self._end_of_part()) is not None:
            parts.append(self._take(end))
            self._is_8bit = not self._is_8bit
        parts.append(self._take(self._certain()))
        return b"".join(parts)

    def finish(self) -> bytes:
        """The rest: the text has ended."""
        if not self._is_8bit and self._held.endswith(b"\n"):
            start = self._behind_last_nul()
            if start < len(self._held) and not _UTF16_ONLY.search(self._held, start):
                head = self._take(start)
                self._is_8bit = True
                return head + self._take(len(self._held))
        return self._take(len(self._held))

    def _take(self, size: int) -> bytes:
        taken, self._held = self._held[:size], self._held[size:]
        if self._is_8bit:
            return taken
        return taken.decode(self._codec, "replace").encode("utf-8", "replace")

    def _end_of_part(self) -> int | None:
        """Where the other kind begins in what is held; None where it does not yet."""
        if self._is_8bit:
            nul = self._held.find(b"\0")
            return None if nul < 0 else self._start_of_utf16(nul)
        found = _BEGINS[self._little].search(self._held) or self._off()
        return None if found is None else self._start_of_8bit(found.start())

    def _off(self) -> re.Match[bytes] | None:
        """Where letters are read one byte off."""
        halves = self._held[0 if self._little else 1 :: 2]  # lower ones: no eight are NUL
        if bytes(8) not in halves:
            return None
        found = _OFF[self._little].finditer(self._held)
        return next((match for match in found if match.start() % 2 == 0), None)

    def _start_of_8bit(self, at: int) -> int:
        """Where the text begins that has plain bytes at ``at``: behind UTF-16's last character."""
        while at and self._held[at - 1] > _HIGHEST:
            at -= 1
        return at if self._little or not at else at + 1

    def _start_of_utf16(self, nul: int) -> int:
        """Where UTF-16 begins that has its first NUL there: mostly in a new line."""
        line = self._held.rfind(b"\n", 0, max(nul - 1, 0) if self._little else nul) + 1
        letters = self._held[line:nul]
        fits = (nul - line) % 2 == (1 if self._little else 0)
        seems = is_utf16(letters) or (fits and _UTF16_ONLY.search(letters))
        if seems and not _RUN.search(letters):
            return line
        return max(nul - 1, 0) if self._little else nul

    def _certain(self) -> int:
        """How many of the bytes held are certainly of this part."""
        if self._is_8bit:
            end = self._held.rfind(b"\n") + 1
            return end if len(self._held) - end <= _HELD else len(self._held) - 1
        end = self._behind_last_nul()
        size = end if len(self._held) - end <= _HELD else len(self._held)
        return size - size % 2  # whole characters

    def _behind_last_nul(self) -> int:
        """Where the character ends that has the last NUL."""
        nul = self._held.rfind(b"\0")
        return 0 if nul < 0 else min(nul + (1 if self._little else 2), len(self._held))
