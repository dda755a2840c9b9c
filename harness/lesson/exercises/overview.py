"""Exercises of 00_overview."""

import re
from itertools import takewhile
from typing import Any

from harness.lesson.exercises import NotYet, Wrong

_ORDER = "гбадв"
_SIZE = (512, 600)
_FACE = (190, 125, 345, 320)  #: left, top, right, bottom of the face on the photograph
_MOST = 0.45  #: of the photograph's area: more is no portrait


def steps_order(answer: Any) -> None:
    """The five steps' letters in their order."""
    letters = re.sub(r"[^а-яґєії]", "", str(answer).lower())
    if not letters:
        raise NotYet
    if sorted(letters) != sorted(_ORDER):
        raise Wrong("letters")
    pairs = zip(letters, _ORDER, strict=True)
    right = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    if right < len(_ORDER):
        raise Wrong("order", right=right)


def crop_face(answer: Any) -> None:
    """``x1,y1,x2,y2`` around the face, and not much more."""
    match = re.fullmatch(r"(\d+),(\d+),(\d+),(\d+)", str(answer))
    if match is None:
        raise Wrong("format", got=answer)
    left, top, right, bottom = map(int, match.groups())
    if not (left < right <= _SIZE[0] and top < bottom <= _SIZE[1]):
        raise Wrong("outside", width=_SIZE[0], height=_SIZE[1])
    if left > _FACE[0] or top > _FACE[1] or right < _FACE[2] or bottom < _FACE[3]:
        raise Wrong("cut")
    if (right - left) * (bottom - top) > _MOST * _SIZE[0] * _SIZE[1]:
        raise Wrong("large")


CHECKS = {"steps-order": steps_order, "crop-face": crop_face}
