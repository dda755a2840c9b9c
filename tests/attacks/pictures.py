"""Hostile and odd pictures, made by code: each a function without arguments that gives the
file's bytes.
"""

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageDraw

from harness.lab6.pictures import enlarged, make_picture

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
MOST = 10 * 1024 * 1024  # bytes of an upload


def chunk(kind, data):
    """One chunk of a PNG, with its right checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def header(width, height, depth=8, colours=2, interlace=0):
    """IHDR."""
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, interlace))


def png(width=8, height=8, extra=b"", idat=None, end=True, **settings):
    """A PNG of that size; ``idat`` is what stands for its packed rows."""
    packed = zlib.compress(b"\0" * (height * (1 + width * 3))) if idat is None else idat
    return (
        PNG_HEAD
        + header(width, height, **settings)
        + extra
        + chunk(b"IDAT", packed)
        + (chunk(b"IEND", b"") if end else b"")
    )


def saved(image, kind, **settings):
    """A picture as Pillow writes it."""
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def drawn(mode="RGB", size=(40, 30)):
    """Something that can be seen."""
    image = Image.new("RGB", size, "white")
    ImageDraw.Draw(image).ellipse((5, 5, 30, 25), fill="navy")
    return image.convert(mode)


def good():
    """A picture like any other."""
    return make_picture(np.random.default_rng(1)).data


def large_file():
    """More than 10 MB, and a picture."""
    noise = np.random.default_rng(2).integers(0, 255, (1900, 2000, 3), dtype=np.uint8)
    return saved(Image.fromarray(noise), "PNG", compress_level=0)


def bomb(width, height):
    """Few bytes that claim, and hold, many points."""
    packer = zlib.compressobj(9)
    row = b"\0" * (1 + width * 3)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png(width, height, idat=packed)


def text_bomb(kind):
    """A text chunk that unpacks to 64 MB."""
    packed = zlib.compress(b"\0" * (64 * 1024 * 1024), 9)
    body = {
        b"zTXt": b"Comment\0\0" + packed,
        b"iTXt": b"Comment\0\1\0\0\0" + packed,
        b"iCCP": b"profile\0\0" + packed,
    }[kind]
    return png(extra=chunk(kind, body))


def animated():
    """An APNG of three frames."""
    frames = [drawn(), Image.new("RGB", (40, 30), "red"), Image.new("RGB", (40, 30), "blue")]
    return saved(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=50)


def jpeg_and_zip():
    """A JPEG with a ZIP's bytes behind it."""
    return saved(drawn(), "JPEG") + b"PK\x03\x04" + b"\0" * 26 + b"PK\x05\x06" + b"\0" * 18


def turned():
    """A JPEG that its EXIF lays on its side."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(drawn(), "JPEG", exif=exif)


def broken_exif():
    """A JPEG whose EXIF is rubbish."""
    return saved(drawn(), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff" + b"\xff" * 200)


def wide(kind="PNG"):
    """One point too many on a side."""
    return saved(Image.new("L", (10_001, 1)), kind)


#: Refused by their headers, or by what they are. 415: no PNG or JPEG; 422: too large; 413: too many
#: bytes.
REFUSED = {
    "empty file": (lambda: b"", 415),
    "text": (lambda: b"this is no picture", 415),
    "html": (lambda: b"<html><script>alert(1)</script></html>", 415),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", 415),
    "svg with an entity": (
        lambda: b"<!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><svg>&x;</svg>",
        415,
    ),
    "eps": (
        lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(/etc/passwd) (r) file\n",
        415,
    ),
    "pdf": (lambda: b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n", 415),
    "elf": (lambda: b"\x7fELF" + b"\0" * 60, 415),
    "zip": (lambda: b"PK\x05\x06" + b"\0" * 18, 415),
    "gif": (lambda: saved(drawn("P"), "GIF"), 415),
    "bmp": (lambda: saved(drawn(), "BMP"), 415),
    "tiff": (lambda: saved(drawn(), "TIFF"), 415),
    "webp": (lambda: saved(drawn(), "WEBP"), 415),
    "ico": (lambda: saved(drawn(), "ICO"), 415),
    "ppm": (lambda: saved(drawn(), "PPM"), 415),
    "tga": (lambda: saved(drawn(), "TGA"), 415),
    "png head alone": (lambda: PNG_HEAD, 415),
    "png cut in its header": (lambda: png()[:20], 415),
    "jpeg head alone": (lambda: b"\xff\xd8\xff", 415),
    "jpeg cut in its header": (lambda: saved(drawn(), "JPEG")[:100], 415),
    "png of no width": (lambda: png(0, 8, idat=zlib.compress(b"")), 415),
    "png of no height": (lambda: png(8, 0, idat=zlib.compress(b"")), 415),
    "png with a wrong checksum of its header": (
        lambda: png().replace(png()[29:33], b"\0\0\0\0", 1),
        415,
    ),
    "png with an impossible depth": (lambda: png(depth=3), 415),
    "png with impossible colours": (lambda: png(colours=5), 415),
    "png that claims 4 billion points": (lambda: png(65_000, 65_000, idat=b"x"), 422),
    "png that claims 2³¹ − 1 a side": (lambda: png(2**31 - 1, 2**31 - 1, idat=b"x"), 422),
    "a bomb of 88 megapixels": (lambda: bomb(9_400, 9_400), 422),
    "a bomb of 26 megapixels": (lambda: bomb(5_200, 5_000), 422),
    "10,001 points wide, png": (wide, 422),
    "10,001 points wide, jpeg": (lambda: wide("JPEG"), 422),
    "10,001 points high": (lambda: saved(Image.new("L", (1, 10_001)), "PNG"), 422),
    "more than 10 MB": (large_file, 413),
    "one byte more than 10 MB": (lambda: good().ljust(MOST + 1, b"\0"), 413),
    "an animated png": (animated, 415),
}

#: Taken by the api, whose look is at the header; what their jobs come to.
TAKEN = {
    "a picture": (good, "COMPLETED"),
    "jpeg": (lambda: saved(drawn(), "JPEG"), "COMPLETED"),
    "jpeg, progressive": (lambda: saved(drawn(), "JPEG", progressive=True), "COMPLETED"),
    "jpeg, cmyk": (lambda: saved(drawn("CMYK"), "JPEG"), "COMPLETED"),
    "jpeg, grey": (lambda: saved(drawn("L"), "JPEG"), "COMPLETED"),
    "jpeg on its side": (turned, "COMPLETED"),
    "jpeg with broken exif": (broken_exif, "COMPLETED"),
    "jpeg with a zip behind it": (jpeg_and_zip, "COMPLETED"),
    "png with html behind it": (lambda: good() + b"<script>alert(1)</script>", "COMPLETED"),
    "png, palette": (lambda: saved(drawn("P"), "PNG"), "COMPLETED"),
    "png, 1 bit": (lambda: saved(drawn("1"), "PNG"), "COMPLETED"),
    "png, alpha": (lambda: saved(drawn("RGBA"), "PNG"), "COMPLETED"),
    "png, grey and alpha": (lambda: saved(drawn("LA"), "PNG"), "COMPLETED"),
    "png, 16 bit": (
        lambda: saved(
            Image.fromarray(np.arange(600, dtype=np.uint16).reshape(20, 30) * 100), "PNG"
        ),
        "COMPLETED",
    ),
    "10 MB and not a byte more": (lambda: good().ljust(MOST, b"\0"), "COMPLETED"),
    "png of one point": (lambda: saved(Image.new("RGB", (1, 1)), "PNG"), "COMPLETED"),
    "png, interlaced header, plain rows": (lambda: png(interlace=1), None),
    "24 megapixels, white": (
        lambda: saved(Image.new("L", (6_000, 4_000), 255), "PNG"),
        "COMPLETED",
    ),
    "zTXt bomb": (lambda: text_bomb(b"zTXt"), "COMPLETED"),
    "iTXt bomb": (lambda: text_bomb(b"iTXt"), "COMPLETED"),
    "iCCP bomb": (lambda: text_bomb(b"iCCP"), None),
    "png cut in its rows": (lambda: good()[: len(good()) // 2], "FAILED"),
    "jpeg cut in its rows": (
        lambda: enlarged(make_picture(np.random.default_rng(3), jpeg=True), (600, 500)).data[
            :9_000
        ],
        "FAILED",
    ),
    "png whose rows are rubbish": (lambda: png(idat=b"rubbish" * 9), "FAILED"),
    "png whose rows unpack to too few": (lambda: png(idat=zlib.compress(b"\0" * 10)), None),
    "png whose rows unpack to 256 MB": (
        lambda: png(idat=zlib.compress(b"\0" * (256 << 20), 9)),
        None,
    ),
    "png with a wrong checksum of its rows": (
        lambda: png()[:-20] + b"\0\0\0\0" + png()[-16:],
        None,
    ),
}
