"""More pictures made by code: what eats memory or time behind a harmless header, and what is odd
inside.

A file of few bytes may ask for hours of work, or be a picture whose result is a thousand times as
large.
"""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from tests.attacks.pictures import MOST, PNG_HEAD, chunk, drawn, header, png, saved


def jpeg(mode="RGB"):
    """A small JPEG."""
    return saved(drawn(mode), "JPEG")


def with_segments(segments):
    """A JPEG with these bytes right behind its beginning."""
    whole = jpeg()
    return whole[:2] + segments + whole[2:]


def claiming(width, height):
    """A JPEG whose frame header says that size, over the rows of another."""
    whole = jpeg()
    at = whole.index(b"\xff\xc0") + 5
    return whole[:at] + struct.pack(">HH", height, width) + whole[at + 4 :]


def many_scans(scans):
    """A progressive JPEG whose last scan comes again and again: each is a pass over all of its
    points.
    """
    whole = saved(Image.new("L", (4_000, 4_000), 128), "JPEG", progressive=True)
    return whole[:-2] + whole[whole.rindex(b"\xff\xda") : -2] * scans + b"\xff\xd9"


def scan_by_scan(layers, side, rounds=1):
    """A sequential JPEG of that many layers, each in a scan of its own, again and again; all of
    it is held.
    """
    ids = range(1, layers + 1)
    frame = struct.pack(">BHHB", 8, side, side, layers) + b"".join(
        bytes([one, 0x11, 0]) for one in ids
    )
    code = b"\x01" + bytes(15) + b"\0"  # one code of one bit: nothing
    scans = b"".join(segment(0xDA, bytes([1, one, 0, 0, 63, 0])) for one in ids)
    tables = segment(0xDB, b"\0" + b"\1" * 64) + segment(0xC4, b"\0" + code + b"\x10" + code)
    return b"\xff\xd8" + tables + segment(0xC0, frame) + scans * rounds + b"\xff\xd9"


def segment(kind, body):
    """One segment of a JPEG."""
    return struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body


def wide_texts(number):
    """Text chunks of a megabyte of letters each, one of them so far out that all take four
    bytes in Python.
    """
    packed = zlib.compress(("a" * (1 << 20) + "\N{GRINNING FACE}").encode(), 9)
    return b"".join(chunk(b"iTXt", b"k%d\0\1\0\0\0" % one + packed) for one in range(number))


def large_with_texts_behind():
    """25 megapixels that are decoded, and then the texts."""
    whole = saved(Image.new("RGBA", (5_000, 5_000)), "PNG")
    return whole[:-12] + wide_texts(60) + whole[-12:]


def heavy_exif():
    """9.9 MB of Exif, in segments."""
    more = segment(0xE1, b"Exif\0\0" + bytes(65_000)) * 150
    return with_segments(segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0" + bytes(4)) + more)


def talkative_exif():
    """An Exif of 65,535 entries that are all wrong: each was a line of the log."""
    entries = b"".join(struct.pack(">HHII", tag, 7, 5, 2**31) for tag in range(65_535))
    return png(extra=chunk(b"eXIf", b"MM\0*\0\0\0\x08\xff\xff" + entries + bytes(1 << 20)))


def padded_progressive():
    """A small progressive JPEG in 10 MB."""
    return saved(drawn(), "JPEG", progressive=True).ljust(MOST, b"\0")


def two_pictures():
    """A JPEG with a second picture behind the first, as telephones make it (MPO)."""
    buffer = io.BytesIO()
    drawn().save(buffer, "MPO", save_all=True, append_images=[drawn()])
    return buffer.getvalue()


def exif(entry):
    """A JPEG with an EXIF of this one entry of 12 bytes."""
    return saved(drawn(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0")


def quarter():
    """An Exif that turns a picture by a quarter."""
    turn = Image.Exif()
    turn[0x0112] = 6
    return turn


def turned_and_large():
    """25 megapixels on their side."""
    return saved(Image.new("RGB", (5_000, 5_000)), "JPEG", exif=quarter())


def deep_and_turned():
    """25 megapixels of 16 bits a colour, one colour of them transparent, on their side."""
    rows = zlib.compressobj()
    packed = b"".join(rows.compress(bytes(1 + 6 * 5_000)) for _ in range(5_000)) + rows.flush()
    turn = chunk(b"eXIf", quarter().tobytes().removeprefix(b"Exif\0\0"))
    key = chunk(b"tRNS", struct.pack(">HHH", 1, 2, 3))
    return png(5_000, 5_000, depth=16, extra=turn + key, idat=packed)


def noisy():
    """9 MB of noise: any two bytes stand in it somewhere, also those that begin a JPEG's scan."""
    noise = np.random.default_rng(2).integers(0, 255, (1_700, 1_700, 3), dtype=np.uint8)
    return saved(Image.fromarray(noise), "PNG")


def acting(frames):
    """An APNG's chunk that promises so many frames."""
    return chunk(b"acTL", struct.pack(">II", frames, 0))


def struck(by):
    """A JPEG of noise whose pixels were hit by these bytes, once, a third of the way."""
    noise = np.random.default_rng(2).integers(0, 255, (600, 600, 3), dtype=np.uint8)
    data = saved(Image.fromarray(noise), "JPEG", quality=95)
    at = len(data) // 3
    return data[:at] + by + data[at + len(by) :]


#: Refused by the api. Most once took it, or the worker, seconds to hours, or hundreds of megabytes.
REFUSED = {
    "jpeg that claims 4 billion points": (lambda: claiming(65_535, 65_535), 422),
    "jpeg of no width": (lambda: claiming(0, 30), 415),
    "jpeg whose height comes later": (lambda: claiming(40, 0), 415),
    "jpeg of 2,000 scans": (lambda: many_scans(2_000), 422),
    "jpeg of 25 scans of 25 megapixels": (lambda: scan_by_scan(1, 5_000, 25), 422),
    "jpeg, sequential, of 21,000 scans": (lambda: scan_by_scan(3, 64, 7_000), 415),
    "jpeg, sequential, of 300 scans": (lambda: scan_by_scan(3, 64, 100), 422),
    "jpeg, sequential, in four scans, 25 megapixels": (lambda: scan_by_scan(4, 5_000), 422),
    "jpeg, lossless": (lambda: jpeg().replace(b"\xff\xc0", b"\xff\xc3", 1), 415),
    "jpeg, arithmetic coding": (lambda: jpeg().replace(b"\xff\xc0", b"\xff\xc9", 1), 415),
    "jpeg with two frames' headers": (
        lambda: jpeg().replace(b"\xff\xda", b"\xff\xc0\0\x0b\x08\0\1\0\1\1\1\x11\0\xff\xda", 1),
        415,
    ),
    "jpeg, 64 KB of its pixels behind a stray marker": (lambda: struck(b"\xff\xe5\xff\0"), 415),
    "jpeg with a stray comment in its pixels": (lambda: struck(b"\xff\xfe\x80\0"), 415),
    "jpeg with a stray end in its pixels": (lambda: struck(b"\xff\xd9"), 415),
    "jpeg without a scan": (lambda: jpeg().partition(b"\xff\xda")[0] + b"\xff\xd9", 415),
    "jpeg of 2.4 million empty segments": (lambda: with_segments(b"\xff\xe1\0\2" * 2_400_000), 415),
    "jpeg whose segment is longer than the file": (
        lambda: with_segments(b"\xff\xe1\xff\xff"),
        415,
    ),
    "jpeg, progressive, cmyk, 25 megapixels": (
        lambda: saved(Image.new("CMYK", (5_000, 5_000)), "JPEG", progressive=True, subsampling=0),
        422,
    ),
    "png of 600,000 texts": (lambda: png(extra=chunk(b"tEXt", b"a\0b") * 600_000), 415),
    "png of 800,000 private chunks": (lambda: png(extra=chunk(b"prVt", b"") * 800_000), 415),
    "png that promises 2³¹ frames": (lambda: png(extra=acting(2**31)), 415),
    "png with a second, larger header": (lambda: png(extra=header(65_000, 65_000)), 415),
    "png without rows": (lambda: PNG_HEAD + header(8, 8) + chunk(b"IEND", b""), 415),
    "png behind a blank": (lambda: b" " + png(), 415),
    "png in gif's clothes": (lambda: b"GIF89a" + png(), 415),
    "mng": (lambda: b"\x8aMNG\r\n\x1a\n" + png()[8:], 415),
    "psd": (lambda: b"8BPS\0\1" + bytes(6) + struct.pack(">HIIHH", 3, 8, 8, 8, 3), 415),
    "dds": (lambda: saved(drawn(), "DDS"), 415),
    "heic": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(50), 415),
    "a drawing for ImageMagick": (
        lambda: b"push graphic-context\nimage over 0,0 0,0 'ephemeral:/etc/passwd'\n",
        415,
    ),
}

#: Taken; what their jobs come to. None where the decoders of the day may differ.
TAKEN = {
    "jpeg that claims more rows than it has": (lambda: claiming(4_000, 3_000), None),
    "jpeg after 9 MB of filling": (lambda: with_segments(b"\xff" * 9_000_000), "COMPLETED"),
    "jpeg, sequential, in three scans": (lambda: scan_by_scan(3, 64), None),
    "jpeg with 9.9 MB of exif": (heavy_exif, "COMPLETED"),
    "jpeg, progressive, 10 MB behind it": (padded_progressive, "COMPLETED"),
    "png of 100 texts that unpack to 90 MB": (
        lambda: png(extra=chunk(b"zTXt", b"C\0\0" + zlib.compress(b"\0" * 900_000, 9)) * 100),
        "COMPLETED",
    ),
    "png of 60 texts of wide letters": (lambda: png(extra=wide_texts(60)), "COMPLETED"),
    "png, 25 megapixels, 60 texts of wide letters behind": (large_with_texts_behind, "COMPLETED"),
    "png with an exif of 65,535 wrong entries": (talkative_exif, "COMPLETED"),
    "jpeg without its end": (lambda: jpeg()[:-2], "FAILED"),
    "jpeg twice in one file": (lambda: jpeg() * 2, "COMPLETED"),
    "jpeg with a terminal's codes in a comment": (
        lambda: with_segments(b"\xff\xfe\0\x0c\x1b]0;x\x07\r\nX\n"),
        "COMPLETED",
    ),
    "jpeg whose exif points at itself": (
        lambda: exif(b"\x87\x69\0\x04\0\0\0\x01\0\0\0\x08"),
        "COMPLETED",
    ),
    "jpeg whose exif has 4 billion values": (
        lambda: exif(b"\x01\x12\0\x03\xff\xff\xff\xff\0\0\0\x1a"),
        None,
    ),
    "jpeg turned to nowhere": (lambda: exif(b"\x01\x12\0\x03\0\0\0\x01\0\x63\0\0"), "COMPLETED"),
    "png, noise": (noisy, "COMPLETED"),
    "png on its side": (
        lambda: png(
            40,
            30,
            extra=chunk(b"eXIf", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06" + bytes(6)),
        ),
        "COMPLETED",
    ),
    "png with exif in a text, which is none": (
        lambda: png(extra=chunk(b"tEXt", b"Raw profile type exif\0\nexif\n  8\nzz")),
        "COMPLETED",
    ),
    "png with exif in a packed text": (
        lambda: png(
            extra=chunk(
                b"zTXt",
                b"Raw profile type exif\0\0" + zlib.compress(b"\nexif\n  8\n" + b"41" * 400_000),
            )
        ),
        "COMPLETED",
    ),
    "png without an end": (lambda: png(end=False), None),
    "png in 50,000 pieces without content": (
        lambda: (
            PNG_HEAD
            + header(8, 8)
            + chunk(b"IDAT", b"") * 50_000
            + chunk(b"IDAT", zlib.compress(bytes(200)))
            + chunk(b"IEND", b"")
        ),
        None,
    ),
    "png with 100,000 chunks behind its rows": (
        lambda: png(end=False) + chunk(b"prVt", b"") * 100_000 + chunk(b"IEND", b""),
        None,
    ),
    "png with an unknown filter": (
        lambda: png(idat=zlib.compress((b"\x09" + bytes(24)) * 8)),
        "FAILED",
    ),
    "png, palette of one, its indices beyond": (
        lambda: png(
            colours=3, extra=chunk(b"PLTE", b"abc"), idat=zlib.compress((b"\0" + b"\xff" * 8) * 8)
        ),
        None,
    ),
    "png, palette of 300": (
        lambda: png(colours=3, extra=chunk(b"PLTE", b"abc" * 300), idat=zlib.compress(bytes(72))),
        None,
    ),
    "png with a zip behind it": (lambda: png() + b"PK\x05\x06" + bytes(18), "COMPLETED"),
}

#: The most memory that a job can ask for, each way; all must be COMPLETED.
LARGEST = {
    "rgba, over its widest": (
        lambda: saved(Image.new("RGBA", (2_500, 10_000)), "PNG"),
        "resize",
        "10000x2500",
    ),
    "one column, to 25 megapixels": (
        lambda: saved(Image.new("RGBA", (1, 10_000)), "PNG"),
        "resize",
        "10000x2500",
    ),
    "on its side": (turned_and_large, "resize", "5000x5000"),
    "progressive": (
        lambda: saved(Image.new("RGB", (5_000, 5_000)), "JPEG", progressive=True, subsampling=1),
        "crop",
        "0,0,5000,5000",
    ),
    "progressive, whole colours, on its side": (
        lambda: saved(
            Image.new("RGB", (4_500, 4_600)),
            "JPEG",
            progressive=True,
            subsampling=0,
            exif=quarter(),
        ),
        "resize",
        "5000x5000",
    ),
    "16 bit of colours, one transparent, on its side": (
        deep_and_turned,
        "crop",
        "0,0,5000,5000",
    ),
    "16 bit": (
        lambda: saved(Image.fromarray(np.zeros((4_000, 6_000), dtype=np.uint16)), "PNG"),
        "grayscale",
        "",
    ),
    "one transparent colour": (
        lambda: saved(Image.new("RGB", (5_000, 5_000)), "PNG", transparency=(1, 2, 3)),
        "resize",
        "5000x5000",
    ),
}
