"""What a job's result may be: every right answer to an action, from the picture that was sent."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from harness.lab6.oracle import resampling
from harness.lab6.oracle.pixels import Pixels, Plane, luma
from harness.witness.errors import WitnessError


class View(NamedTuple):
    """Picture and result made comparable, as far as opacity goes."""

    name: str
    before: Plane
    result: Plane


class RightAnswer(NamedTuple):
    """One right answer: how the picture's colours, or its luma, become the result's."""

    method: str
    view: View
    make: Callable[[Plane], Plane]
    grey: bool  #: whether ``make`` turns colours into luma, rather than a picture into its like

    def luma(self) -> Plane:
        """The brightness that this answer expects, height × width."""
        before = self.view.before
        return self.make(before if self.grey else luma(before))


def expected_size(size: tuple[int, int], action: str, params: str) -> tuple[int, int]:
    """Width and height of the right result for an upright picture of ``size``.

    ``WitnessError`` where action or parameters mean nothing: ``oracle-action``, ``oracle-params``.
    """
    if action == "grayscale":
        return size
    if action == "resize":
        width, height = _numbers(params, "x", 2)
        return width, height
    if action == "crop":
        left, top, right, bottom = _numbers(params, ",", 4)
        if not (left < right <= size[0] and top < bottom <= size[1]):
            raise WitnessError("oracle-params", params=params)
        return right - left, bottom - top
    raise WitnessError("oracle-action", action=action)


def _numbers(params: str, separator: str, count: int) -> tuple[int, ...]:
    parts = params.split(separator)
    if len(parts) != count or not all(part.strip().isdecimal() for part in parts):
        raise WitnessError("oracle-params", params=params)
    return tuple(int(part) for part in parts)


def right_answers(
    source: Pixels, made: Pixels, action: str, params: str, exact: bool
) -> Iterator[RightAnswer]:
    """Every right answer, the likeliest first."""
    for view in _views(source, made):
        if action == "grayscale":
            for name, grey in _GREYS[:1] if exact else _GREYS:
                yield RightAnswer(name + view.name, view, grey, True)
        elif action == "crop":
            left, top, right, bottom = _numbers(params, ",", 4)
            yield RightAnswer("crop" + view.name, view, _cutter(left, top, right, bottom), False)
        else:
            width, height = _numbers(params, "x", 2)
            for name, antialias, grid in resampling.filters():
                make = partial(
                    resampling.resize,
                    size=(width, height),
                    name=name,
                    antialias=antialias,
                    grid=grid,
                )
                method = f"{name}{'' if antialias else ' (plain)'}"
                method += "" if grid == "centres" else f" ({grid})"
                yield RightAnswer(method + view.name, view, make, False)


def _views(source: Pixels, made: Pixels) -> Iterator[View]:
    """Upon black where both keep opacity; a result that lost its opacity may show the bare colours,
    or have been laid upon white or black."""
    if source.alpha is None:
        yield View("", source.rgb, made.over(255))
    elif made.alpha is not None:
        yield View("", source.over(0), made.over(0))
    else:
        yield View(" (opacity dropped)", source.rgb, made.rgb)
        yield View(" (upon white)", source.over(255), made.rgb)
        yield View(" (upon black)", source.over(0), made.rgb)


def _cutter(left: int, top: int, right: int, bottom: int) -> Callable[[Plane], Plane]:
    return lambda plane: plane[top:bottom, left:right]


def _weighed(*weights: float) -> Callable[[Plane], Plane]:
    """Grey as a weighted sum of red, green and blue."""
    return lambda rgb: rgb @ np.array(weights, dtype=np.float32)


def _in_linear_light(*weights: float) -> Callable[[Plane], Plane]:
    """Grey as a weighted sum in linear light, then back to sRGB."""

    def grey(rgb: Plane) -> Plane:
        share = rgb / 255
        linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
        light = linear @ np.array(weights, dtype=np.float32)
        back = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
        return (back * 255).astype(np.float32)

    return grey


def _lightness(rgb: Plane) -> Plane:
    """Grey as CIE's L*, the lightness that an eye sees: of Lab pictures, the first channel."""
    share = rgb / np.float32(255)
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = linear @ np.array((0.2126, 0.7152, 0.0722), dtype=np.float32)
    seen = np.where(light > 216 / 24389, 116 * np.cbrt(light) - 16, 24389 / 27 * light)
    return np.asarray(seen * 2.55, dtype=np.float32)


#: What honest libraries call grey; the first is the lab's.
_GREYS: tuple[tuple[str, Callable[[Plane], Plane]], ...] = (
    ("BT.601", luma),
    ("BT.709", _weighed(0.2126, 0.7152, 0.0722)),
    ("average", _weighed(1 / 3, 1 / 3, 1 / 3)),
    ("BT.709 in linear light", _in_linear_light(0.2126, 0.7152, 0.0722)),
    ("CIE L*", _lightness),
    ("libvips", _in_linear_light(0.2, 0.7, 0.1)),  # sharp in Node, ruby-vips, bimg in Go
)
