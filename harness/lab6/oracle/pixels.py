"""Pictures as numbers, in NumPy. Pillow opens the file and decodes it; it converts nothing here.

Everything is brought to one form: the picture as a person sees it (EXIF orientation applied), red,
green and blue from 0 to 255 as float32, and its opacity where it has one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]

#: What a result may come as. The lab asks for PNG and JPEG; a student's library may write others.
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")
_LOSSLESS = ("PNG", "BMP", "GIF", "TIFF")
_MOST_PIXELS = 100_000_000  #: above any picture that the lab takes; keeps a bomb from the witness
_ORIENTATION = 0x0112  #: EXIF's tag
_LYING = (5, 6, 7, 8)  #: orientations that exchange width and height

#: ITU-R BT.601: the luma that "grayscale" means in Pillow, Go's image/color and JPEG itself.
_RED, _GREEN, _BLUE = 0.299, 0.587, 0.114


class UnreadableError(Exception):
    """These bytes are no whole picture; its text says why."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pixels:
    """A decoded picture, upright."""

    rgb: Plane  #: height × width × 3, 0..255
    alpha: Plane | None  #: height × width, 0..255; None where the picture has none
    format: str  #: as Pillow names it: PNG, JPEG, ...
    mode: str  #: as the file holds it: RGB, L, P, CMYK, ...

    @property
    def size(self) -> tuple[int, int]:
        """Width and height, as people say it."""
        return self.rgb.shape[1], self.rgb.shape[0]

    @property
    def lossless(self) -> bool:
        """Whether its format keeps every pixel as it was given."""
        return self.format in _LOSSLESS

    def over(self, background: float) -> Plane:
        """Its colours upon a plain background of that brightness, 0..255."""
        if self.alpha is None:
            return self.rgb
        share = self.alpha[..., None] / np.float32(255)
        shown: Plane = self.rgb * share + np.float32(background) * (1 - share)
        return shown


def luma(rgb: Plane) -> Plane:
    """Brightness by ITU-R BT.601 of a height × width × 3 picture: height × width, not rounded."""
    grey: Plane = rgb @ np.array([_RED, _GREEN, _BLUE], dtype=np.float32)
    return grey


class OtherSizeError(Exception):
    """It has other sides than asked for, whichever way it is turned: nothing was decoded."""

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(size)
        self.size = size


def read_pixels(data: bytes, size: tuple[int, int] | None = None) -> Pixels:
    """The picture in ``data``; ``UnreadableError`` where it is none, cut, or far too large.

    ``size``: what it must be. Decoded, another one may take a hundred times the memory of its file:
    ``OtherSizeError``.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise UnreadableError(f"{picture.width}x{picture.height} pixels")
            if size is not None and sorted(picture.size) != sorted(size):
                raise OtherSizeError(picture.size)
            picture.load()
            orientation = int(picture.getexif().get(_ORIENTATION, 1))
            rgb, alpha = _planes(picture)
            kind, mode = picture.format or "", picture.mode
    except (UnreadableError, OtherSizeError):
        raise
    except Exception as error:  # Pillow's decoders raise nearly anything on hostile bytes
        raise UnreadableError(str(error)) from error
    turn = _TURNS.get(orientation, _same)
    return Pixels(
        rgb=np.ascontiguousarray(turn(rgb)),
        alpha=None if alpha is None else np.ascontiguousarray(turn(alpha)),
        format=kind,
        mode=mode,
    )


def read_size(data: bytes) -> tuple[int, int]:
    """Width and height as a viewer shows them, by the header; ``UnreadableError`` where it is
    none.
    """
    try:
        with Image.open(BytesIO(data), formats=_FORMATS) as picture:
            lies = int(picture.getexif().get(_ORIENTATION, 1)) in _LYING
            width, height = picture.size
            return (height, width) if lies else (width, height)
    except Exception as error:  # as above
        raise UnreadableError(str(error)) from error


def _planes(picture: Image.Image) -> tuple[Plane, Plane | None]:
    """Colours and opacity of a decoded picture, whatever its mode."""
    raw = np.asarray(picture)
    if picture.mode == "P":
        return _palette(picture, raw)
    if picture.mode == "1":
        return _gray(raw.astype(np.float32) * 255), None
    if picture.mode.startswith("I"):  # 16 bits of grey, in one of Pillow's spellings
        return _gray(raw.astype(np.float32) / np.float32(257)), None
    values = raw.astype(np.float32)
    if picture.mode == "CMYK":  # ink to light, without a colour profile
        return (255 - values[..., :3]) * (255 - values[..., 3:]) / np.float32(255), None
    if picture.mode == "L":
        return _gray(values), _keyed(picture, values[..., None])
    if picture.mode == "LA":
        return _gray(values[..., 0]), values[..., 1]
    if picture.mode == "RGB":
        return values, _keyed(picture, values)
    if picture.mode == "RGBA":
        return values[..., :3], values[..., 3]
    raise UnreadableError(f"mode {picture.mode}")


def _palette(picture: Image.Image, indices: NDArray[Any]) -> tuple[Plane, Plane | None]:
    """A palette picture: each index becomes its colour, and its opacity where the file gives
    one."""
    flat = np.array(picture.getpalette("RGB"), dtype=np.float32).reshape(-1, 3)
    colours = np.zeros((256, 3), dtype=np.float32)
    colours[: len(flat)] = flat[:256]
    clear = picture.info.get("transparency")
    if clear is None:
        return colours[indices], None
    opacity = np.full(256, 255, dtype=np.float32)
    if isinstance(clear, bytes):
        opacity[: len(clear)] = np.frombuffer(clear, dtype=np.uint8)
    else:
        opacity[int(clear)] = 0
    return colours[indices], opacity[indices]


def _keyed(picture: Image.Image, values: Plane) -> Plane | None:
    """Opacity where one colour of the picture is declared transparent (PNG's tRNS)."""
    key = picture.info.get("transparency")
    if key is None or isinstance(key, bytes):
        return None
    clear = np.all(values == np.array(key, dtype=np.float32), axis=-1)
    return np.where(clear, np.float32(0), np.float32(255))


def _gray(plane: Plane) -> Plane:
    return np.repeat(plane[..., None], 3, axis=2).astype(np.float32)


def _same(plane: Plane) -> Plane:
    return plane


def _transposed(plane: Plane) -> Plane:
    return np.swapaxes(plane, 0, 1)


#: EXIF orientation → what turns the stored picture upright.
_TURNS: dict[int, Callable[[Plane], Plane]] = {
    2: lambda plane: plane[:, ::-1],
    3: lambda plane: plane[::-1, ::-1],
    4: lambda plane: plane[::-1],
    5: _transposed,
    6: lambda plane: _transposed(plane)[:, ::-1],
    7: lambda plane: _transposed(plane)[::-1, ::-1],
    8: lambda plane: _transposed(plane)[::-1],
}
