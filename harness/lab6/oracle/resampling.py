"""What a resized picture may look like: the filters that picture libraries use, in NumPy.

The lab says "resize" and no filter, so a worker may take any. Each filter is a matrix that makes
the rows of the result out of the rows of the picture; a resize is one from the left and one from
the right.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.lab6.oracle.pixels import Plane

Weights = NDArray[np.float32]
Kernel = Callable[[NDArray[np.float64]], NDArray[np.float64]]


def _box(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return ((x > -0.5) & (x <= 0.5)).astype(np.float64)


def _triangle(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.maximum(0.0, 1.0 - np.abs(x))


def _cubic(x: NDArray[np.float64], b: float, c: float) -> NDArray[np.float64]:
    """The cubic family of Mitchell and Netravali: Catmull-Rom is (0, 1/2), Mitchell (1/3, 1/3)."""
    x = np.abs(x)
    near = (12 - 9 * b - 6 * c) * x**3 + (-18 + 12 * b + 6 * c) * x**2 + (6 - 2 * b)
    far = (-b - 6 * c) * x**3 + (6 * b + 30 * c) * x**2 + (-12 * b - 48 * c) * x + (8 * b + 24 * c)
    return np.where(x < 1, near, np.where(x < 2, far, 0.0)) / 6


def _lanczos(x: NDArray[np.float64], lobes: int) -> NDArray[np.float64]:
    return np.where(np.abs(x) < lobes, np.sinc(x) * np.sinc(x / lobes), 0.0)


KERNELS: dict[str, Kernel] = {
    "lanczos3": partial(_lanczos, lobes=3),
    "lanczos2": partial(_lanczos, lobes=2),
    "catmull-rom": partial(_cubic, b=0, c=0.5),
    "cubic": partial(_cubic, b=0, c=0.75),
    "sharp cubic": partial(_cubic, b=0, c=1),
    "mitchell": partial(_cubic, b=1 / 3, c=1 / 3),
    "bilinear": _triangle,
    "box": _box,
}


def resize(
    picture: Plane, size: tuple[int, int], name: str, antialias: bool, grid: str = "centres"
) -> Plane:
    """``picture`` (height × width, or × channels) at ``size`` (width, height) by one filter,
    0..255."""
    height, width = picture.shape[:2]
    across = _weights(width, size[0], name, antialias, grid)
    down = _weights(height, size[1], name, antialias, grid)
    # Real libraries round to bytes between the passes, which cuts what overshoots an edge.
    wide = np.clip(_along(across, picture, 1), 0, 255)
    return np.clip(_along(down, wide, 0), 0, 255)


def _along(weights: Weights, picture: Plane, axis: int) -> Plane:
    """Every line of ``picture`` along ``axis`` multiplied by the matrix."""
    turned: Plane = np.moveaxis(np.tensordot(weights, picture, axes=(1, axis)), 0, axis)
    return turned


#: Where a point of the result lies in the picture: centre on centre, as libraries have it; corner
#: on corner, as a loop ``at(x * before / after)`` written by hand (and GD's plain resize) has it;
#: the first point on the first and the last on the last; as Jimp's cubic has it, the last but for
#: one step; or half a pixel before the corner, as libvips enlarges.
_GRIDS: dict[str, Callable[[int, int], NDArray[np.floating[Any]]]] = {
    "centres": lambda before, after: (np.arange(after) + 0.5) * (before / after),
    "corner": lambda before, after: np.arange(after) * (before / after) + 0.5,
    "ends": lambda before, after: np.arange(after) * ((before - 1) / max(after - 1, 1)) + 0.5,
    "open end": lambda before, after: np.arange(after) * ((before - 1) / after) + 0.5,
    "half a pixel off": lambda before, after: np.arange(after) * (before / after),
}
#: What is written, or taken, on the other grids.
_BY_HAND = ("nearest", "bilinear", "catmull-rom", "sharp cubic")


def filters() -> Iterator[tuple[str, bool, str]]:
    """Every filter with and without antialiasing and its grid, the likeliest first."""
    for antialias in (True, False):
        for name in KERNELS:
            yield name, antialias, "centres"
    yield "libvips", True, "centres"
    yield "area", True, "centres"
    yield "nearest", False, "centres"
    for grid in ("corner", "ends", "open end"):
        for name in _BY_HAND:
            yield name, False, grid
            if name != "nearest":
                yield name, True, grid


def _weights(before: int, after: int, name: str, antialias: bool, grid: str) -> Weights:
    """The matrix after × before of one axis; each row sums to 1."""
    if name == "libvips":  # sharp, ruby-vips: each axis by itself is made larger or smaller
        if after > before:
            return _weights(before, after, "catmull-rom", False, "half a pixel off")
        return _weights(before, after, "lanczos3", True, "centres")
    step = before / after
    centres = _GRIDS[grid](before, after)
    if name == "nearest":
        rows = np.zeros((after, before))
        # In whole numbers ``x * before // after`` is exact; a float may fall just below.
        places = centres if grid != "corner" else centres - 0.5 + 1e-6
        rows[np.arange(after), np.minimum(places.astype(int), before - 1)] = 1
    elif name == "area":
        rows = _overlap(before, after, step)
    else:
        reach = max(step, 1.0) if antialias else 1.0
        # In the order in which Pillow computes it: a tie of the box filter then falls the same way.
        rows = KERNELS[name]((np.arange(before)[None, :] - centres[:, None] + 0.5) * (1 / reach))
    total = rows.sum(axis=1, keepdims=True)
    return (rows / np.where(total == 0, 1, total)).astype(np.float32)


def _overlap(before: int, after: int, step: float) -> NDArray[np.float64]:
    """How much of each pixel lies under each pixel of the result."""
    edges = np.arange(before)[None, :]
    start = np.arange(after)[:, None] * step
    shared: NDArray[np.float64] = np.minimum(edges + 1, start + step) - np.maximum(edges, start)
    return np.clip(shared, 0, None)
