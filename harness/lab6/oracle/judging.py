"""The oracle: is this the picture that the job asked for? Judged in NumPy, not by Pillow's
converters.

Two measures. ``exact`` is for the kit's own worker: a lossless result is right to the pixel.
Without it the measure is for anyone's worker: any resampling filter, any usual formula for grey,
and what JPEG at quality 75 does to a picture with detail; a blurred picture, or one prepared
beforehand, is out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np

from harness.lab6.oracle.parts import looked_at
from harness.lab6.oracle.pixels import (
    OtherSizeError,
    Pixels,
    Plane,
    UnreadableError,
    luma,
    read_pixels,
)
from harness.lab6.oracle.right_answers import RightAnswer, expected_size, right_answers
from harness.witness.errors import WitnessError


class Tolerance(NamedTuple):
    """How far luma may lie from the expected, of 255: on average, and for ``share`` of the pixels;
    and how much of the expected detail must be there (1 is all of it, a blurred picture has
    less)."""

    mean: float
    most: float
    share: float
    detail: float
    #: of any ``_PATCH`` × ``_PATCH`` pixels, on average: what is drawn over a picture is small
    patch: float


#: One rounding to a byte, and grey's fixed-point arithmetic.
_ROUNDING = Tolerance(0.51, 1.01, 1.0, 0.95, 2.0)
_RESAMPLED = Tolerance(0.8, 2.5, 0.999, 0.95, 4.0)  #: roundings between the passes of a filter
#: The same beside sharp transparent edges, where no colour may be brighter than its opacity.
_RESAMPLED_CLEAR = Tolerance(0.8, 2.5, 0.98, 0.95, 40.0)
_INK = Tolerance(1.0, 2.5, 1.0, 0.95, 4.0)  #: CMYK: products of bytes, rounded by the way
_ENCODED = Tolerance(2.5, 15.0, 0.999, 0.83, 30.0)  #: JPEG at quality 90 and better
_FAIR_LOSSLESS = Tolerance(2.5, 12.0, 0.99, 0.9, 14.0)  #: other decoders, other filters
#: JPEG at quality 75: it keeps 0.73 of the detail of the kit's pictures, a blur by one pixel 0.6.
_FAIR_ENCODED = Tolerance(5.0, 20.0, 0.99, 0.65, 16.0)
_COLOUR = 12.0  #: mean distance of a colour channel; JPEG stores colour at half the size
_GREY = 4.0  #: how far red, green and blue of a grey picture may lie apart (colour by JPEG)
_PATCH = 12  #: pixels
_SHARP = 0.9  #: of the expected detail's energy: what a blur leaves is far less
_BAND = 5  #: pixels: what is smaller than this is detail


class PictureFault(StrEnum):
    """What can be wrong with a result."""

    UNREADABLE = "unreadable"  # no picture, or a cut one
    SIZE = "size"
    NOT_GREY = "not-grey"  # colours where grey was asked for
    LUMA = "luma"  # other pixels
    BLURRED = "blurred"  # nearly the right pixels, with too little detail
    MOVED = "moved"  # nearly the right pixels, with as much detail, elsewhere
    COLOUR = "colour"  # right brightness, wrong colours
    ALPHA = "alpha"  # another opacity


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureVerdict:
    """What the oracle says of one result."""

    ok: bool
    why: PictureFault | None  #: None when ``ok``
    expected_size: tuple[int, int]  #: width, height
    actual_size: tuple[int, int] | None  #: None where the result is no picture
    mean_difference: float | None  #: of luma, 0..255; None where sizes differ
    max_difference: float | None
    format: str | None  #: of the result: PNG, JPEG, ...
    method: str | None = None  #: the filter or the formula of grey that lies nearest
    detail: str = ""  #: what the decoder said, when unreadable

    @property
    def reference(self) -> str:
        """The text that says what is wrong: ``picture-size`` and its like."""
        return f"picture-{self.why}"

    @property
    def facts(self) -> Mapping[str, object]:
        """What that text names."""
        return {
            "expected": _size(self.expected_size),
            "actual": _size(self.actual_size),
            "difference": self.max_difference,
            "reason": self.detail,
        }

    @property
    def document(self) -> Mapping[str, Any]:
        """All of it as JSON's types."""
        return {
            "ok": self.ok,
            "why": str(self.why) if self.why else None,
            "expected_size": list(self.expected_size),
            "actual_size": list(self.actual_size) if self.actual_size else None,
            "mean_difference": self.mean_difference,
            "max_difference": self.max_difference,
            "format": self.format,
            "method": self.method,
        }


def _size(size: tuple[int, int] | None) -> str:
    return f"{size[0]}×{size[1]}" if size else "—"


class _Distance(NamedTuple):
    answer: RightAnswer
    mean: float
    most: float  #: the tolerance's share of all pixels lies nearer
    max: float
    detail: float
    sharp: float  #: how much detail the result has of its own, of as much as is expected
    patch: float

    def within(self, tolerance: Tolerance) -> bool:
        near = self.mean <= tolerance.mean and self.most <= tolerance.most
        return near and self.detail >= tolerance.detail and self.patch <= tolerance.patch


def judge_picture(
    picture: bytes, result: bytes, action: str, params: str, *, exact: bool = False
) -> PictureVerdict:
    """Whether ``result`` is ``picture`` after ``action`` with ``params``.

    ``WitnessError`` where the picture given is itself unreadable or the parameters mean nothing:
    then nobody can say what is right.
    """
    try:
        source = read_pixels(picture)
    except UnreadableError as error:
        raise WitnessError("oracle-input", reason=str(error)) from error
    size = expected_size(source.size, action, params)
    try:
        made = read_pixels(result, size)
    except UnreadableError as error:
        return _undecoded(PictureFault.UNREADABLE, size, detail=str(error))
    except OtherSizeError as error:
        return _undecoded(PictureFault.SIZE, size, actual=error.size)
    if made.size != size:
        return _verdict(PictureFault.SIZE, size, made, None)
    tolerance = _tolerance(source, made, action, exact)
    fault, nearest = None, None
    for part, made_part, asked in looked_at(source, made, action, params):
        answers = right_answers(part, made_part, action, asked, exact)
        nearest = _nearest(answers, tolerance)
        fault = _fault(part, made_part, action, nearest, tolerance)
        if fault is not None:
            break
    return _verdict(fault, size, made, nearest)


def _tolerance(source: Pixels, made: Pixels, action: str, exact: bool) -> Tolerance:
    if not exact:
        return _FAIR_LOSSLESS if made.lossless else _FAIR_ENCODED
    if not made.lossless:
        return _ENCODED
    if source.mode == "CMYK":
        return _INK
    if action == "resize":
        return _RESAMPLED if source.alpha is None else _RESAMPLED_CLEAR
    return _ROUNDING


def _nearest(answers: Iterator[RightAnswer], tolerance: Tolerance) -> _Distance:
    """The right answer that lies nearest to the result; the first that is near enough ends the
    search."""
    best: _Distance | None = None
    for answer in answers:
        distance = _distance(answer, tolerance.share)
        if distance.within(tolerance):
            return distance
        if best is None or distance.mean < best.mean:
            best = distance
    if best is None:
        raise AssertionError("every action has at least one right answer")
    return best


def _distance(answer: RightAnswer, share: float) -> _Distance:
    """How far the result lies from this answer, in luma."""
    expected = answer.luma()
    actual = luma(answer.view.result)
    away = np.abs(expected - actual)
    return _Distance(
        answer,
        float(away.mean()),
        float(np.quantile(away, share)),
        float(away.max()),
        _detail(expected, actual),
        _sharpness(expected, actual),
        _patch(away),
    )


def _patch(away: Plane) -> float:
    """The greatest mean of all patches; of a smaller picture, its mean."""
    height, width = (min(side, _PATCH) for side in away.shape)
    sums = np.pad(away, ((1, 0), (1, 0))).astype(np.float64).cumsum(axis=0).cumsum(axis=1)
    rows = sums[height:] - sums[:-height]
    return float((rows[:, width:] - rows[:, :-width]).max() / (height * width))


def _detail(expected: Plane, actual: Plane) -> float:
    """The share of the expected fine detail that the result has; 1 where there is none to have."""
    wanted, found = expected - _smoothed(expected), actual - _smoothed(actual)
    energy = float((wanted * wanted).sum())
    if energy < expected.size:  # less than one step of 255 on average: a plain picture
        return 1.0
    return float((wanted * found).sum()) / energy


def _smoothed(plane: Plane) -> Plane:
    """The mean of each pixel's neighbourhood, ``_BAND`` pixels wide and high."""
    half = _BAND // 2
    sums = np.pad(plane, ((half + 1, half), (half + 1, half)), mode="edge").astype(np.float64)
    sums = sums.cumsum(axis=0).cumsum(axis=1)
    rows = sums[_BAND:] - sums[:-_BAND]
    means: Plane = ((rows[:, _BAND:] - rows[:, :-_BAND]) / _BAND**2).astype(np.float32)
    return means


def _fault(
    source: Pixels, made: Pixels, action: str, nearest: _Distance, tolerance: Tolerance
) -> PictureFault | None:
    """Why the result is wrong; None when it is right."""
    if action == "grayscale" and _chroma(made.over(255)) > (0 if made.lossless else _GREY):
        return PictureFault.NOT_GREY
    if not nearest.within(tolerance):
        return _luma_fault(nearest, tolerance)
    if action != "grayscale":
        answer = nearest.answer
        apart = np.abs(answer.make(answer.view.before) - answer.view.result).mean(axis=(0, 1))
        strict = action == "crop" and tolerance is _ROUNDING
        if float(apart.max()) > (_ROUNDING.mean if strict else _COLOUR):
            return PictureFault.COLOUR
    return _alpha_fault(source, made, nearest.answer, tolerance)


def _alpha_fault(
    source: Pixels, made: Pixels, answer: RightAnswer, tolerance: Tolerance
) -> PictureFault | None:
    """Whether opacity that both have was changed on its way."""
    if source.alpha is None or made.alpha is None:
        return None
    expected = source.alpha if answer.grey else answer.make(source.alpha)
    changed = float(np.abs(expected - made.alpha).mean()) > tolerance.mean
    return PictureFault.ALPHA if changed else None


def _luma_fault(nearest: _Distance, tolerance: Tolerance) -> PictureFault:
    near = nearest.mean <= tolerance.mean
    if not near or nearest.detail >= tolerance.detail:
        return PictureFault.LUMA
    return PictureFault.MOVED if nearest.sharp >= _SHARP else PictureFault.BLURRED


def _sharpness(expected: Plane, actual: Plane) -> float:
    wanted, found = expected - _smoothed(expected), actual - _smoothed(actual)
    return float((found * found).sum()) / max(float((wanted * wanted).sum()), 1.0)


def _chroma(rgb: Plane) -> float:
    """How far apart red, green and blue lie, on average; 0 for grey."""
    return float((rgb.max(axis=2) - rgb.min(axis=2)).mean())


def _undecoded(
    why: PictureFault,
    size: tuple[int, int],
    *,
    actual: tuple[int, int] | None = None,
    detail: str = "",
) -> PictureVerdict:
    return PictureVerdict(
        ok=False,
        why=why,
        expected_size=size,
        actual_size=actual,
        mean_difference=None,
        max_difference=None,
        format=None,
        detail=detail,
    )


def _verdict(
    why: PictureFault | None, size: tuple[int, int], made: Pixels, distance: _Distance | None
) -> PictureVerdict:
    return PictureVerdict(
        ok=why is None,
        why=why,
        expected_size=size,
        actual_size=made.size,
        mean_difference=round(distance.mean, 3) if distance else None,
        max_difference=round(distance.max, 3) if distance else None,
        format=made.format,
        method=distance.answer.method if distance else None,
    )
