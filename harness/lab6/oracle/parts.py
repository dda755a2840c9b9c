"""A large picture and its result in parts that lie at the same place in both: a few of them say as
much as all, in a small share of the time.
"""

from collections.abc import Iterator
from dataclasses import replace
from math import gcd
from zlib import crc32

import numpy as np

from harness.lab6.oracle.pixels import Pixels

_LARGE = 2_000_000  #: pixels
_FEWEST = 4  #: parts a side
_LOOKED_AT = 3


def looked_at(
    source: Pixels, made: Pixels, action: str, params: str
) -> Iterator[tuple[Pixels, Pixels, str]]:
    """What is compared of a picture and its result, with the parameters that make the one the
    other: both whole; of a large one to be resized some parts, which its pixels choose. Its sides
    must have a common measure with the result's: a part of the one is a part of the other then.
    """
    (width, height), (new_width, new_height) = source.size, made.size
    across, down = gcd(width, new_width), gcd(height, new_height)
    is_large = width * height > _LARGE and action == "resize"
    if not is_large or min(across, down) < _FEWEST:
        yield source, made, params
        return
    size = new_width // across, new_height // down
    rng = np.random.default_rng(crc32(source.rgb[:: height // 7].tobytes()))
    for place in rng.choice(across * down, _LOOKED_AT, replace=False).tolist():
        at = place % across, place // across
        part = _cut(source, (width // across, height // down), at)
        yield part, _cut(made, size, at), f"{size[0]}x{size[1]}"


def _cut(picture: Pixels, size: tuple[int, int], at: tuple[int, int]) -> Pixels:
    (width, height), (column, row) = size, at
    place = np.s_[row * height : (row + 1) * height, column * width : (column + 1) * width]
    alpha = None if picture.alpha is None else picture.alpha[place]
    return replace(picture, rgb=picture.rgb[place], alpha=alpha)
