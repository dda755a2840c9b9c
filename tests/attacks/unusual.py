"""Pictures that are good, and seldom: what each must come to, point by point, from the PNG and Exif
standards.

Each is (file, action, params, the result as an array of shape (height, width[, layers]), unit: 0 …
255).
"""

import struct
import zlib

import numpy as np

from tests.attacks.oddities import two_pictures, with_segments
from tests.attacks.pictures import PNG_HEAD, chunk, drawn, header, saved

WIDTH, HEIGHT = 20, 12
_PLACE = np.indices((HEIGHT, WIDTH))
COLOURS = np.stack([_PLACE[1] * 12, _PLACE[0] * 20, _PLACE.sum(axis=0) * 8], axis=-1)
WHOLE = f"0,0,{WIDTH},{HEIGHT}"
UPRIGHT = f"0,0,{HEIGHT},{WIDTH}"  # once it is turned by a quarter

_LAYERS = {0: 1, 2: 3}


def png(samples, *, depth=8, colours=2, before=b"", after=b""):
    """A PNG of these samples, with chunks before its rows and behind them."""
    flat = np.asarray(samples).reshape(len(samples), -1)
    bits = (flat[..., None] >> np.arange(depth)[::-1]) & 1
    rows = np.packbits(bits.reshape(len(flat), -1).astype(np.uint8), axis=1)
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    width = flat.shape[1] // _LAYERS[colours]
    head = header(width, len(flat), depth=depth, colours=colours)
    return PNG_HEAD + head + before + chunk(b"IDAT", packed) + after + chunk(b"IEND", b"")


def tiff(orientation, kind=3):
    """An Exif that holds an orientation alone; ``kind`` 3 is a short number, as it should be, 2
    is text.
    """
    return (
        b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", 0x0112, kind, 1, orientation, 0) + bytes(4)
    )


def dense(kind, number, value):
    """A JPEG whose Exif says how dense it is by so many values of that kind; a fraction is
    usual, kind 5.
    """
    entries = struct.pack(">HHI4s", 0x011A, kind, number, value)
    entries += struct.pack(">HHIHH", 0x0128, 3, 1, 2, 0)  # in inches
    return saved(drawn(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x02" + entries + bytes(4))


def text(key, value=b"x"):
    """A text chunk."""
    return chunk(b"tEXt", key + b"\0" + value)


def turned(array):
    """By a quarter to the right, as orientation 6 asks."""
    return np.rot90(array, -1)


def seen_through(samples, key, *, depth, plain):
    """A grey or coloured PNG whose samples of the value ``key`` are transparent; and what it
    looks like.
    """
    coloured = np.ndim(samples) == 3
    clear = np.all(samples == key, axis=-1) if coloured else samples == key
    body = struct.pack(f">{np.size(key)}H", *np.atleast_1d(key))
    file = png(samples, depth=depth, colours=2 if coloured else 0, before=chunk(b"tRNS", body))
    colours = plain if coloured else np.repeat(plain[..., None], 3, axis=-1)
    return file, np.dstack([colours, np.where(clear, 0, 255)])


def same(before=b"", after=b"", result=COLOURS, params=WHOLE):
    """The colours with these chunks around them, cut out whole."""
    return png(COLOURS, before=before, after=after), "crop", params, result


_GREY = {depth: _PLACE.sum(axis=0) % 2**depth for depth in (1, 2, 4, 8)}
_DEEP = _PLACE.sum(axis=0) * 2_000 + 77
_XMP = b'<x xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Orientation="6"/>'
_RAW_PROFILE = (
    b"\nexif\n%8d\n" % (len(tiff(6)) + 6) + (b"Exif\0\0" + tiff(6)).hex().encode() + b"\n"
)


def _transparent(depth):
    """Grey of 1, 2, 4 or 8 bits, its key the third value there is."""
    samples, top = _GREY[depth], 2**depth - 1
    key = min(2, top)
    file, result = seen_through(samples, key, depth=depth, plain=samples * (255 // top))
    return file, "crop", WHOLE, result


def _transparent_deep():
    file, result = seen_through(_DEEP, _DEEP[3, 4], depth=16, plain=_DEEP // 256)
    return file, "crop", WHOLE, result[..., [0, 3]]


def _transparent_deep_colours():
    """Of the points whose upper bytes are alike, some have the same lower bytes: these are
    transparent.
    """
    plain = COLOURS // 64 * 64
    deep = plain * 256 + np.arange(WIDTH)[:, None] % 3
    file, result = seen_through(deep, deep[3, 4], depth=16, plain=plain)
    return file, "crop", WHOLE, result


UNUSUAL = {
    **{
        f"png, grey of {depth} bits, one transparent": (lambda d=depth: _transparent(d))
        for depth in _GREY
    },
    "png, grey of 16 bits, one transparent": _transparent_deep,
    "png, colours of 16 bits, one transparent": _transparent_deep_colours,
    "png on its side": lambda: same(
        chunk(b"eXIf", tiff(6)), result=turned(COLOURS), params=UPRIGHT
    ),
    "png whose eXIf comes after its rows": lambda: same(after=chunk(b"eXIf", tiff(6))),
    "png that only its XMP turns": lambda: same(
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + _XMP)
    ),
    "png that only a raw profile turns": lambda: same(text(b"Raw profile type exif", _RAW_PROFILE)),
    "png whose eXIf is no TIFF": lambda: same(chunk(b"eXIf", b"garbage")),
    **{
        f"png of orientation {number}": (lambda n=number: same(chunk(b"eXIf", tiff(n))))
        for number in (0, 9, 255, 65_535)
    },
    "png whose orientation is a letter": lambda: same(chunk(b"eXIf", tiff(0x3600, kind=2))),
    **{
        f"png with a text called {key}": (lambda k=key: same(text(k.encode())))
        for key in (
            "transparency",
            "icc_profile",
            "interlace",
            "bbox",
            "exif",
            "progressive",
            "dpi",
        )
    },
    "png with a text called transparency, after its rows": lambda: same(
        after=text(b"transparency")
    ),
    "png with a broken colour profile": lambda: same(chunk(b"iCCP", b"p\0\0garbage")),
    "png with a colour profile of 2 MB": lambda: same(
        chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(2_000_000)))
    ),
    "png with an animation of one frame": lambda: same(chunk(b"acTL", struct.pack(">II", 1, 0))),
}

#: JPEG are not exact: (file, upright size).
UNUSUAL_JPEG = {
    "jpeg with a second picture behind it": (two_pictures, (40, 30)),
    "jpeg whose exif is no TIFF": (
        lambda: with_segments(b"\xff\xe1\0\x0fExif\0\0garbage"),
        (40, 30),
    ),
    "jpeg whose exif has its density in letters": (lambda: dense(2, 2, b"7"), (40, 30)),
    "jpeg whose exif has its density in a byte": (lambda: dense(1, 1, b"H"), (40, 30)),
    "jpeg on its side": (lambda: saved(drawn(), "JPEG", exif=b"Exif\0\0" + tiff(6)), (30, 40)),
    "jpeg that only its XMP turns": (
        lambda: saved(drawn(), "JPEG", xmp=_XMP),
        (40, 30),
    ),
    "jpeg of orientation 9": (lambda: saved(drawn(), "JPEG", exif=b"Exif\0\0" + tiff(9)), (40, 30)),
    "jpeg with a comment of 60 KB": (
        lambda: with_segments(b"\xff\xfe\xea\x62" + bytes(60_000)),
        (40, 30),
    ),
    "jpeg with a thumbnail that has scans": (
        lambda: with_segments(b"\xff\xed\x20\x02" + b"\xff\xda" * 4_096),
        (40, 30),
    ),
    "jpeg in four layers of one scan each": (
        lambda: saved(drawn("CMYK"), "JPEG", progressive=True),
        (40, 30),
    ),
}
