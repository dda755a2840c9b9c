"""A log copied out of a printed document: page numbers, and a heading, stand between its lines."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise

_NUMBER = re.compile(
    r"\s*(?:[-–—]\s*)?(?:(?:сторінка|стор\.?|с\.|page|p\.)\s*)?(?P<number>\d{1,4})"
    r"(?:\s*(?:/|з|із|of)\s*\d{1,4})?(?:\s*[-–—])?\s*",
    re.IGNORECASE,
)
_LONGEST = 60  #: bytes of a line that is a page's number
_FIRST = (1, 2)  #: pages that the first number may tell: below one, or above
_FEED = b"\f"
_MOST = 4  #: lines of a heading, or of a footer


def without_pages(lines: list[bytes]) -> list[int] | None:
    """Where the log's own lines stand; None where no pages are told, or it is not sure."""
    borders = next((told for told in _told(lines) if _counts(lines, told)), None)
    if borders is None:
        return None
    # a heading below the number, or a footer above it
    furniture = {*borders, *_beside(lines, borders, 1), *_beside(lines, borders, -1)}
    return [at for at in range(len(lines)) if at not in furniture]


def _told(lines: Sequence[bytes]) -> Iterator[list[int]]:
    """Where the pages' numbers may stand: the rest of a broken line may look like one."""
    told = [at for at, line in enumerate(lines) if _number(line) is not None]
    yield [at for at in told if _is_fed(lines, at)]
    yield told
    for step in (1, -1):
        ends = {at: _past_empty(lines, at, step) for at in told}
        texts = Counter(lines[end].strip() for end in ends.values() if 0 <= end < len(lines))
        heading = max(texts, key=lambda text: texts[text], default=b"")
        yield [
            at
            for at, end in ends.items()
            if not 0 <= end < len(lines) or lines[end].strip() == heading
        ]


def _is_fed(lines: Sequence[bytes], at: int) -> bool:
    """Whether the page ends at this number, or in the next line."""
    return _FEED in b"".join(lines[at : at + 2])


def _counts(lines: Sequence[bytes], told: Sequence[int]) -> bool:
    """Whether these are numbers of pages, one after another: from the first one, or of a part of a
    document.
    """
    numbers = [_number(lines[at]) or 0 for at in told]
    if any(two - one != 1 for one, two in pairwise(numbers)):
        return False
    is_part = bool(told) and all(_is_fed(lines, at) for at in told)
    return is_part or (len(told) > 1 and numbers[0] in _FIRST)


def _beside(lines: Sequence[bytes], borders: Sequence[int], step: int) -> Iterator[int]:
    """The lines on this side of the numbers that stand at several of them, and empty ones: a page
    may have ended within a line of the log. The first page's heading stands below no number.
    """
    top = [-1] if step > 0 else []
    ends = {border: _past_empty(lines, border, step) for border in [*top, *borders]}
    same = set(ends)
    for _ in range(_MOST):
        texts = {at: lines[ends[at]].strip() for at in same if 0 <= ends[at] < len(lines)}
        many = Counter(texts.values())
        same = {at for at, text in texts.items() if many[text] > 1}
        ends |= {at: _past_empty(lines, ends[at], step) for at in same}
    for border, end in ends.items():
        yield from range(border + step, end, step)


def _past_empty(lines: Sequence[bytes], at: int, step: int) -> int:
    """The next line that is not empty."""
    at += step
    while 0 <= at < len(lines) and not lines[at].strip():
        at += step
    return at


def _number(line: bytes) -> int | None:
    if len(line) > _LONGEST:
        return None
    match = _NUMBER.fullmatch(line.decode("utf-8", "replace").lstrip("\f"))
    return int(match["number"]) if match else None
