"""Random test pictures from a seed: gradients, shapes and natural noise, with detail that JPEG
keeps.

Nothing in them can be prepared beforehand: another seed is another picture. Noise lies on several
scales, each weaker the finer it is, as in photographs, so that a resize by any filter looks alike
and a blurred picture does not.
"""

from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from zlib import crc32

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

Canvas = NDArray[np.float64]

ACTIONS = ("grayscale", "resize", "crop")

_SHORTEST, _LONGEST = 160, 400  #: pixels a side: large enough to measure, small enough to be quick
_SMALLER, _LARGER = 0.4, 1.3  #: what a picture is resized to, in its own sides
_TRIES = 8  #: paintings of which one may take few enough bytes
_LEAST_COMMENT, _MOST_COMMENT = 5, 60_000  #: bytes of a JPEG's comment with its mark and length
_LEAST_CHUNK, _END_CHUNK = 20, 12  #: bytes of a PNG's comment, and of its last chunk
_SCALES = (64, 32, 16, 8, 4)  #: pixels between the knots of each layer of noise
_QUALITY = 92  #: of the JPEGs: what a camera writes
_LARGE_QUALITY = 75


class Variant(StrEnum):
    """How the picture is stored. ``PLAIN`` is what anyone's worker must take; the others are the
    oddities of real files."""

    PLAIN = "plain"
    GREY = "grey"
    PALETTE = "palette"  # PNG
    ALPHA = "alpha"  # PNG
    ORIENTED = "oriented"  # JPEG with an EXIF orientation
    CMYK = "cmyk"  # JPEG


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture file as it is uploaded."""

    data: bytes
    suffix: str  #: ".png" or ".jpg"
    size: tuple[int, int]  #: width and height as a person sees them

    @property
    def media_type(self) -> str:
        """For the upload's Content-Type."""
        return "image/png" if self.suffix == ".png" else "image/jpeg"


def repainted(rng: Generator, picture: bytes) -> bytes:
    """Another picture of the same size and format; in as many bytes, where its own are fewer."""
    with Image.open(BytesIO(picture)) as before:
        size, is_jpeg = before.size, before.format == "JPEG"
    painted: list[bytes] = []
    for _ in range(_TRIES):
        painted.append(_encoded(Image.fromarray(_paint(rng, *size)), is_jpeg, Image.Exif()))
        if len(painted[-1]) <= len(picture):
            break
    other = min(painted, key=len)
    return _filled(other, len(picture), is_jpeg=is_jpeg)


def _filled(picture: bytes, size: int, *, is_jpeg: bool) -> bytes:
    """The file with a comment that makes it as long, where one fits."""
    parts, lacking = [picture], size - len(picture)
    if is_jpeg:
        parts = [picture[:2], picture[2:]]  # behind the mark of its start
        while lacking >= _LEAST_COMMENT:
            many = lacking if lacking <= _MOST_COMMENT else _MOST_COMMENT // 2
            parts.insert(1, b"\xff\xfe" + (many - 2).to_bytes(2) + b" " * (many - 4))
            lacking -= many
    elif lacking >= _LEAST_CHUNK:
        chunk = b"tEXt" + b"Comment\0".ljust(lacking - 12, b" ")
        whole = (len(chunk) - 4).to_bytes(4) + chunk + crc32(chunk).to_bytes(4)
        parts = [picture[:-_END_CHUNK], whole, picture[-_END_CHUNK:]]
    return b"".join(parts)


def make_picture(
    rng: Generator,
    *,
    jpeg: bool = False,
    variant: Variant = Variant.PLAIN,
    sides: tuple[int, int] = (_SHORTEST, _LONGEST),
) -> Picture:
    """A new picture, PNG or JPEG, its sides between those given. The variant may decide the format
    (see ``Variant``)."""
    width, height = (int(side) for side in rng.integers(*sides, 2, endpoint=True))
    image = Image.fromarray(_paint(rng, width, height))
    if variant in (Variant.PALETTE, Variant.ALPHA):
        jpeg = False
    elif variant in (Variant.ORIENTED, Variant.CMYK):
        jpeg = True
    exif = Image.Exif()
    if variant is Variant.GREY:
        image = image.convert("L")
    elif variant is Variant.PALETTE:
        image = image.quantize(128)
    elif variant is Variant.ALPHA:
        image.putalpha(Image.fromarray(_layer(rng, width, height, 32, 0, 255).astype(np.uint8)))
    elif variant is Variant.CMYK:
        image = image.convert("CMYK")
    elif variant is Variant.ORIENTED:
        exif[0x0112] = 6  # a phone held upright
        width, height = height, width
    return Picture(
        data=_encoded(image, jpeg, exif), suffix=".jpg" if jpeg else ".png", size=(width, height)
    )


def edge_picture(rng: Generator, *, large: bool) -> tuple[Picture, str]:
    """A picture at the edge of what ``make_picture`` gives, and the size that ``make_params`` might
    ask for: the smallest, to be made smaller, or the largest, to be made larger."""
    side, times = (_LONGEST, _LARGER) if large else (_SHORTEST, _SMALLER)
    picture = make_picture(rng, sides=(side, side))
    return picture, f"{round(side * times)}x{round(side * times)}"


def truncated(picture: Picture, rng: Generator) -> Picture:
    """The picture cut somewhere in its second half: its header reads well, its pixels end too
    soon."""
    keep = int(len(picture.data) * rng.uniform(0.5, 0.8))
    return Picture(data=picture.data[:keep], suffix=picture.suffix, size=picture.size)


def enlarged(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture at another size, as a worker makes it."""
    with Image.open(BytesIO(picture.data)) as image:
        larger = image.resize(size)
    return Picture(
        data=_encoded(larger, picture.suffix == ".jpg", Image.Exif()),
        suffix=picture.suffix,
        size=size,
    )


def repeated(picture: Picture, size: tuple[int, int]) -> Picture:
    """The picture side by side with itself until it has that size, as a JPEG: for a job that takes
    a while. All of its detail is there, and it stays below the megabyte that many servers take.
    """
    width, height = size
    with Image.open(BytesIO(picture.data)) as image:
        pixels = np.asarray(image.convert("RGB"))
    times = -(-height // pixels.shape[0]), -(-width // pixels.shape[1]), 1
    file = BytesIO()
    larger = Image.fromarray(np.tile(pixels, times)[:height, :width])
    larger.save(file, "JPEG", quality=_LARGE_QUALITY)
    return Picture(data=file.getvalue(), suffix=".jpg", size=size)


def make_params(
    rng: Generator, action: str, size: tuple[int, int], *, at_the_edge: bool = False
) -> str:
    """Random parameters that fit a picture of ``size``, in the lab's formats; ``at_the_edge``: what
    is easily forgotten, a picture that becomes larger, a rectangle that begins in the corner."""
    width, height = size
    if action == "resize":
        # Never smaller than a third: below that a picture has no detail left to judge by.
        least = 1.05 if at_the_edge else _SMALLER
        return f"{_between(rng, width, least, _LARGER)}x{_between(rng, height, least, _LARGER)}"
    if action == "crop":
        most = 0.0 if at_the_edge else 0.4
        left, top = _between(rng, width, 0.0, most), _between(rng, height, 0.0, most)
        right, bottom = _between(rng, width, 0.6, 1.0), _between(rng, height, 0.6, 1.0)
        return f"{left},{top},{right},{bottom}"
    return ""


def _between(rng: Generator, side: int, least: float, most: float) -> int:
    return int(rng.integers(round(side * least), round(side * most), endpoint=True))


def _paint(rng: Generator, width: int, height: int) -> NDArray[np.uint8]:
    """Red, green and blue of a new picture."""
    canvas = _gradient(rng, width, height)
    for _ in range(int(rng.integers(5, 9))):
        _stamp(rng, canvas)
    for scale in _SCALES:
        strength = 7 + scale / 6
        for channel in range(3):
            canvas[..., channel] += _layer(rng, width, height, scale, -strength, strength) * 0.6
        canvas += _layer(rng, width, height, scale, -strength, strength)[..., None]
    return np.clip(np.rint(canvas), 0, 255).astype(np.uint8)


def _gradient(rng: Generator, width: int, height: int) -> Canvas:
    """From one colour to another in a random direction, within the middle of the range."""
    angle = rng.uniform(0, 2 * np.pi)
    across, down = np.meshgrid(np.linspace(-1, 1, width), np.linspace(-1, 1, height))
    share = (np.cos(angle) * across + np.sin(angle) * down + 1.5) / 3
    start, end = rng.uniform(50, 205, 3), rng.uniform(50, 205, 3)
    canvas: Canvas = start + np.clip(share, 0, 1)[..., None] * (end - start)
    return canvas


def _stamp(rng: Generator, canvas: Canvas) -> None:
    """Put one random ellipse or box upon the canvas."""
    height, width = canvas.shape[:2]
    down, across = np.ogrid[:height, :width]
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    a, b = rng.uniform(0.08, 0.3, 2) * (width, height)
    if rng.random() < 0.5:
        inside = ((across - x) / a) ** 2 + ((down - y) / b) ** 2 <= 1
    else:
        inside = (abs(across - x) <= a) & (abs(down - y) <= b)
    canvas[inside] = 0.25 * canvas[inside] + 0.75 * rng.uniform(20, 235, 3)


def _layer(
    rng: Generator, width: int, height: int, scale: int, least: float, most: float
) -> Canvas:
    """Smooth noise between two bounds: random knots every ``scale`` pixels, straight lines
    between."""
    down, across = _spread(height, scale), _spread(width, scale)
    knots = rng.uniform(least, most, (down.shape[1], across.shape[1]))
    layer: Canvas = down @ knots @ across.T
    return layer


def _spread(length: int, scale: int) -> Canvas:
    """The matrix length × knots that draws straight lines between knots ``scale`` pixels apart."""
    places = np.arange(length)[:, None] / scale
    return np.maximum(0.0, 1.0 - np.abs(places - np.arange(length // scale + 2)[None, :]))


def _encoded(image: Image.Image, jpeg: bool, exif: Image.Exif) -> bytes:
    buffer = BytesIO()
    if jpeg:
        image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0, exif=exif)
    else:
        image.save(buffer, "PNG", compress_level=1)  # noise does not compress; haste is worth more
    return buffer.getvalue()
