"""What stands around each row of a log and is none of it: an indentation, the marks of a quotation,
a panel's borders, another pane at its left. Rows that a viewer has broken cannot be joined through
it.
"""

import re
from collections import Counter
from collections.abc import Sequence

_BAR = re.compile("[│┃║]")
_BORDER = re.compile(r"(?=.*[─━═]{3})[^\w\s]*[╭╰┌└┏┗╔╚├┣╠].*")
_QUOTED = re.compile(r"(?:> ?)+")
_INDENTED = re.compile(r"\f? +")
_SHARE = 0.8  #: of the rows, that have the same
_LEAST = 4  #: rows


def without_margin(lines: Sequence[bytes]) -> list[bytes] | None:
    """The rows alone; None where nothing stands around them."""
    texts = [line.decode("utf-8", "replace") for line in lines]
    bare = _unindented(_unquoted(_in_pane(texts)))
    return [text.encode() for text in bare] if bare != texts else None


def _in_pane(texts: list[str]) -> list[str]:
    """The rows of the one pane that says most, without the bars at its sides; frames come empty."""
    bars = Counter(bar.start() for text in texts for bar in _BAR.finditer(text))
    needed = _enough(texts)
    sides = sorted(at for at, many in bars.items() if many >= needed)
    if not sides:
        return texts
    cells = [_cells(text, sides) for text in texts]
    panes = list(zip(*(each for each in cells if each), strict=True))
    chosen = max(range(len(panes)), key=lambda at: sum(map(len, panes[at])))
    beside = zip(*panes[:chosen], strict=True) if chosen else [()]
    if not any(not "".join(row) for row in beside):
        return texts  # each row has a name before it: its worker's
    return [
        each[chosen] if each else "" if _BORDER.match(text) else text
        for text, each in zip(texts, cells, strict=True)
    ]


def _cells(text: str, sides: Sequence[int]) -> list[str]:
    """What stands between these bars; nothing where one is missing."""
    if not all(_BAR.match(text, at) for at in sides):
        return []
    ends = [*sides, len(text)]
    begins = [0, *(at + 1 for at in sides)]
    return [text[begin:end].rstrip() for begin, end in zip(begins, ends, strict=True)]


def _unquoted(texts: list[str]) -> list[str]:
    quoted = [_QUOTED.match(text) for text in texts]
    if sum(map(bool, quoted)) < _enough(texts):
        return texts
    return [text[mark.end() :] if mark else text for text, mark in zip(texts, quoted, strict=True)]


def _unindented(texts: list[str]) -> list[str]:
    """Without the spaces that most rows begin with; of a row that a break gave one more, that
    stays.
    """
    gaps = Counter(match[0].lstrip("\f") for text in texts if (match := _INDENTED.match(text)))
    gap = max(gaps, key=lambda each: gaps[each], default="")
    if gaps[gap] < _enough(texts):
        return texts
    return [text.lstrip("\f").removeprefix(gap) for text in texts]


def _enough(texts: Sequence[str]) -> float:
    return max(_LEAST, _SHARE * sum(bool(text.strip()) for text in texts))
