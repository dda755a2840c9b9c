"""A log copied out of a printed document: page numbers, and a heading, stand between its lines."""

import re

_NUMBER = re.compile(
    r"\s*(?:[-–—]\s*)?(?:(?:сторінка|стор\.?|с\.|page|p\.)\s*)?(?P<number>\d{1,4})"
    r"(?:\s*(?:/|з|із|of)\s*\d{1,4})?(?:\s*[-–—])?\s*",
    re.IGNORECASE,
)
_LONGEST = 60  #: bytes of a line that is a page's number
_FIRST = (1, 2)  #: pages that the first number may tell: below one, or above


def without_pages(lines: list[bytes]) -> list[int] | None:
    """Where the log's own lines stand; None where no pages are told, or it is not sure."""
    borders = [at for at, line in enumerate(lines) if _number(line) is not None]
    numbers = [_number(lines[at]) for at in borders]
    if len(borders) < 2 or numbers[0] not in _FIRST:
        return None
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        return None
    furniture = {*borders}
    for step in (1, -1):  # a heading below the number, or a footer above it
        beside = [at + step for at in borders if 0 <= at + step < len(lines)]
        texts = {lines[at].strip() for at in beside}
        if len(beside) > 1 and len(texts) == 1:
            furniture |= set(beside)
    return [at for at in range(len(lines)) if at not in furniture]


def _number(line: bytes) -> int | None:
    if len(line) > _LONGEST:
        return None
    match = _NUMBER.fullmatch(line.decode("utf-8", "replace").lstrip("\f"))
    return int(match["number"]) if match else None
