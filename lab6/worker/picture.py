"""A picture as a viewer shows it: upright, in L, LA, RGB or RGBA; and what its actions need."""

import ctypes
import re
import warnings
from contextlib import suppress

from PIL import Image, ImageChops, ImageOps, JpegImagePlugin, PngImagePlugin

SCALES = {"1": 255, "L;2": 85, "L;4": 17}  # what one step of a coarser grey is worth in 8 bits
PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}  # what is transparent lends its colour to nobody
FILTER = Image.Resampling.LANCZOS

PngImagePlugin.MAX_TEXT_CHUNK = 4_000_000  # of a colour profile, too
JpegImagePlugin.JpegImageFile._read_dpi_from_exif = lambda picture: None  # some Exif break it
Image.MAX_IMAGE_PIXELS = 25_000_000  # more than twice as many are an error of Pillow's own
warnings.filterwarnings("ignore", module="PIL")  # an Exif may have thousands, each a line
with suppress(Exception):  # glibc alone has it: much memory is given back, little is kept
    ctypes.CDLL(None).mallopt(-3, 8 << 20)  # M_MMAP_THRESHOLD
    ctypes.CDLL(None).mallopt(-1, 16 << 20)  # M_TRIM_THRESHOLD


def read_picture(path, grey):
    """The picture of the file, the file's format, and its colour profile. ``grey``: without its
    colours.
    """
    with Image.open(path, formats=("PNG", "JPEG")) as picture:
        if grey:
            picture.draft("L", picture.size)  # a JPEG is not asked for its colours
        stored = picture.tile[0].args if picture.tile else None
        profile = picture.info.get("icc_profile")
        key = picture.info.get("transparency") if stored == "RGB;16B" else None
        try:
            alpha = alpha_of_deep(path, key) if key else None
            picture.load()
        except Exception as err:
            raise ValueError(f"the file is damaged or cut short ({err})") from err
        if alpha is not None:
            del picture.info["transparency"]
            picture.putalpha(alpha)
        with suppress(Exception):  # an EXIF that cannot be read turns nothing
            ImageOps.exif_transpose(picture, in_place=True)
        return plain_mode(picture, stored), picture.format, profile


def plain_mode(picture, stored):
    """The picture as L, LA, RGB or RGBA: what PNG and JPEG viewers agree on. ``stored``: its
    mode in the file.
    """
    clear = picture.info.get("transparency")  # the value in the file that is to be seen through
    if picture.mode == "I;16":
        plain = picture.point(lambda value: value / 256).convert("L")
        if clear is not None:
            plain.putalpha(
                picture.convert("I").point([255 * (n != clear) for n in range(65_536)], "L")
            )
        return plain
    if clear is not None:
        if stored in SCALES:
            scale = SCALES[stored]
            picture.info["transparency"] = clear % (255 // scale + 1) * scale
        return picture.convert("RGBA")
    modes = {"1": "L", "P": "RGB", "CMYK": "RGB", "PA": "RGBA"}
    return picture.convert(modes[picture.mode]) if picture.mode in modes else picture


def alpha_of_deep(path, key):
    """What of a picture of 16 bits a colour can be seen: all but the colour ``key``.

    Pillow gives the upper bytes only; the lower ones are those of a file in the other byte order.
    """
    upper = points_of(path, "RGB;16B", [part >> 8 for part in key])
    lower = points_of(path, "RGB;16L", [part & 255 for part in key])
    return ImageChops.invert(ImageChops.darker(upper, lower))


def points_of(path, rawmode, key):
    """White where the file, read as ``rawmode``, has the colour ``key``."""
    mask = None
    with Image.open(path, formats=("PNG",)) as picture:
        picture.tile = [picture.tile[0]._replace(args=rawmode)]
        for layer, part in enumerate(key):
            alike = picture.getchannel(layer).point([255 * (n == part) for n in range(256)])
            mask = ImageChops.darker(mask, alike) if mask else alike
    return mask


def premultiplied(picture):
    return in_mode(picture, PREMULTIPLIED.get(picture.mode, picture.mode))


def in_mode(picture, mode):
    """The picture in that mode; where it is, no copy of it."""
    return picture if picture.mode == mode else picture.convert(mode)


def steps(size, width, height):
    """One axis, then the other: with the smaller picture in between, 25 megapixels at most."""
    between = min((width, size[1]), (size[0], height), key=lambda pair: pair[0] * pair[1])
    return between, (width, height)


def numbers(pattern, params):
    match = re.fullmatch(pattern, params)
    if match is None:
        raise ValueError(f"params {params!r} do not fit the action")
    return tuple(int(digits) for digits in match.groups())
