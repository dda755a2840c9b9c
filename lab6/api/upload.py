"""What an upload is: PNG or JPEG, how large, and which of its bytes are the picture.

A file may hold much beside its picture: texts, thumbnails, scripts, millions of empty pieces. What
no viewer needs is not kept, so that no decoder ever meets it: neither here, where only headers are
decoded, nor in the worker.
"""

import io
import mmap
import re
import struct
import threading
import warnings
from collections import namedtuple
from contextlib import suppress

from kinds import kind_of
from PIL import ExifTags, Image, JpegImagePlugin, PngImagePlugin

MAX_UPLOAD = 10 * 1024 * 1024
IN_FILES = 1024 * 1024  # bytes of an upload that Flask keeps in a file; it begins with half as many
MAX_SIDE = 10_000
MAX_PIXELS = 25_000_000
MAX_PIECES = 20_000  # of a file: chunks of a PNG, segments of a JPEG
MAX_HEAD = 4_000_000  # bytes before the pixels; a large colour profile has two millions
MAX_SCANS = 100  # of a JPEG; usual are about ten
MAX_SCANNED = 500_000_000  # points in all scans together: twenty of 25 megapixels
# Bytes to hold a JPEG of several scans: 25 megapixels at 4:2:0 and 4:2:2, 21 at 4:4:4.
MAX_HELD = 215_000_000

PNG, JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"
# A PNG's chunks that are kept before its pixels, and the bytes of each, at most.
CHUNKS = {b"PLTE": 768, b"tRNS": 256, b"iCCP": MAX_HEAD, b"eXIf": 65_536}
# A JPEG's application segments that are kept: the first that begins like this.
SEGMENTS = {b"\xe0": b"JFIF\0", b"\xe1": b"Exif\0\0", b"\xee": b"Adobe"}
TABLES = (b"\xc4", b"\xdb", b"\xdd")  # DHT, DQT, DRI
FRAMES = (b"\xc0", b"\xc1", b"\xc2")  # baseline, extended, progressive: what browsers show
PROGRESSIVE, SCAN, END, APP2 = b"\xc2", b"\xda", b"\xd9", b"\xe2"
ALONE = (b"\x01", *(bytes([kind]) for kind in range(0xD0, 0xDA)))  # TEM, RSTn, SOI, EOI: no content
MARKER = re.compile(rb"\xff[^\xff\0]")
NEXT_MARKER = re.compile(rb"\xff+[^\xff\0\xd0-\xd7]|\Z")
MARKER_AFTER_SCAN = re.compile(rb"\xff[^\xff\0\xd0-\xd7]")

Image.preinit()  # now, not in the middle of a crowd
PngImagePlugin.MAX_TEXT_CHUNK = MAX_HEAD  # of a colour profile, too
JpegImagePlugin.JpegImageFile._read_dpi_from_exif = lambda picture: None  # some Exif break it
Image.MAX_IMAGE_PIXELS = None  # only headers are read here; the limit is MAX_PIXELS
warnings.filterwarnings("ignore", module="PIL")  # an Exif may have thousands, each a line

_looking = threading.Lock()  # at one upload at a time: sixteen large ones would not fit

#: Its format as Pillow calls it, its upright width and height, and the (begin, end) of each part to
#: keep.
Upload = namedtuple("Upload", "format size parts")


class UploadError(Exception):
    """Why it is not taken: the answer's status, and the key and facts of its sentence."""

    def __init__(self, status, key, **facts):
        super().__init__(key)
        self.status, self.key, self.facts = status, key, facts


def look_at(stream):
    """What was uploaded; UploadError where it is no PNG or JPEG, an animation, or too much."""
    with _looking:
        return _look_at(stream)


def _look_at(stream):
    size = stream.seek(0, io.SEEK_END)
    if size > MAX_UPLOAD:
        raise UploadError(413, "too-many-bytes")
    data = in_memory(stream, size)
    try:
        kept = Kept(data)
        look = look_at_png if kept.data[: len(PNG)] == PNG else look_at_jpeg
        look(kept)
        if kept.pixels is None:
            raise ValueError("no pixels")
        with Image.open(io.BytesIO(kept.head()), formats=("PNG", "JPEG")) as picture:
            check_size(picture, kept)
            upright = picture.size[::-1] if on_its_side(picture) else picture.size
            return Upload(picture.format, upright, kept.parts)
    except UploadError:
        raise
    except Exception as err:  # whatever a hostile header makes of the decoder, it is no picture
        raise UploadError(415, "no-picture", found=kind_of(data)) from err


def in_memory(stream, size):
    """Its bytes; those of a large file only mapped: what each thread once asked for, the
    allocator keeps for it.
    """
    if size > IN_FILES:
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)
    stream.seek(0)
    return stream.read()


class Kept:
    """The parts of a file that are its picture, in the file's order; those that touch are one."""

    def __init__(self, data):
        self.data, self.parts = data, []
        self.pixels = None  # where they begin
        self.scans = 0  # of a JPEG
        self.whole = False  # whether all of it must be held until the last scan

    def keep(self, begin, end):
        if self.parts and self.parts[-1][1] == begin:
            begin = self.parts.pop()[0]
        self.parts.append((begin, min(end, len(self.data))))

    def head(self):
        """What is kept before the pixels, and the header of these."""
        until = self.pixels + 64
        parts = [(begin, min(end, until)) for begin, end in self.parts if begin < until]
        if sum(end - begin for begin, end in parts) > MAX_HEAD:
            raise ValueError("too much before the pixels")
        return b"".join(self.data[begin:end] for begin, end in parts)


def look_at_png(kept):
    """IHDR, IDAT, IEND, and the first of each of CHUNKS before the pixels."""
    kept.keep(0, len(PNG))
    left = dict(CHUNKS)
    for kind, begin, end in bounded(chunks(kept.data)):
        if (kind == b"IHDR") != (begin == len(PNG)):
            raise ValueError("a header where none may be, or none where it must be")
        if kind == b"IDAT" and kept.pixels is None:
            kept.pixels = begin
        if kind in (b"IHDR", b"IDAT", b"IEND"):
            kept.keep(begin, end)
        elif kept.pixels is None:
            if end - begin - 12 <= left.pop(kind, -1):
                kept.keep(begin, end)
            if kind == b"acTL" and int.from_bytes(kept.data[begin + 8 : begin + 12], "big") > 1:
                raise UploadError(415, "no-picture", found="animated-png")


def chunks(data):
    """Kind, begin and end of each, to the first IEND."""
    at, kind = len(PNG), b""
    while kind != b"IEND" and at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        yield kind, at, at + 12 + length
        at += 12 + length


def look_at_jpeg(kept):
    """One frame, its tables and scans, the colour profile, and the first of each of SEGMENTS.

    Telephones put further pictures behind the first (MPO, Ultra HDR); what follows its end is not
    kept.
    """
    if kept.data[: len(JPEG)] != JPEG:
        raise ValueError("neither PNG nor JPEG")
    kept.keep(0, 2)
    left, layers = dict(SEGMENTS), None
    for kind, begin, end, body in bounded(segments(kept.data)):
        if kind in FRAMES:
            if layers is not None:
                raise ValueError("a second frame")
            layers, kept.whole = body[5:6], kind == PROGRESSIVE
        elif kind == SCAN:
            kept.scans += 1
            if kept.pixels is None:
                kept.pixels, kept.whole = begin, kept.whole or body[:1] != layers
        elif kind == END and goes_on(kept.data, end):
            raise ValueError("an end in the middle of a scan")
        elif kind not in (*TABLES, END) and not needed(kind, body, left):
            continue
        kept.keep(begin, end)


def goes_on(data, end):
    """Whether the file is a picture to its very end, and that is another: none begins behind this
    one.

    Some programs write the end twice, or blanks behind it.
    """
    if data[-2:] != b"\xff" + END or data.find(JPEG, end) >= 0:
        return False
    return bool(data[end : end + 64].strip(b"\0\xff" + END))


def needed(kind, body, left):
    """Whether a viewer needs the segment; ``left`` are the SEGMENTS that have not come yet."""
    if b"\xc0" <= kind <= b"\xcf":
        raise UploadError(415, "no-picture", found="rare-jpeg")
    if kind in left and body.startswith(left[kind]):
        del left[kind]
        return True
    return kind == APP2 and body.startswith(b"ICC_PROFILE\0")


def segments(data):
    """Kind, begin, end and the first bytes of the content of each, to the first EOI; a scan with
    its data.

    Behind a scan a marker may be damage in the middle of it, and what it would skip, the picture's.
    """
    kind, end, scanned = b"", 2, False
    while kind != END and (match := MARKER.search(data, end)):
        kind, (begin, end) = match[0][1:], match.span()
        body = b""
        if kind not in ALONE:
            length = int.from_bytes(data[end : end + 2], "big")
            body, end = data[end + 2 : end + min(length, 16)], end + length
            if length < 2 or end > len(data):
                return  # cut short here
        if kind == SCAN:
            scanned = True
            match = MARKER_AFTER_SCAN.search(data, end)
            end = match.start() if match else len(data)
        elif scanned and kind != END and not NEXT_MARKER.match(data, end):
            raise ValueError("a stray marker in a scan")
        yield kind, begin, end, body


def bounded(pieces):
    for number, piece in enumerate(pieces):
        if number >= MAX_PIECES:
            raise ValueError("millions of pieces are minutes of work, and no picture's")
        yield piece


def check_size(picture, kept):
    """Of a JPEG of several scans all is held while it is read, and each scan goes over it once
    more.
    """
    width, height = picture.size
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise UploadError(422, "too-many-points", side=MAX_SIDE)
    if not kept.scans:
        return
    layers = [layer[1] * layer[2] for layer in picture.layer]  # its samples a square
    held = width * height * (4 + 2 * sum(layers) / max(layers)) if kept.whole else 0
    if kept.scans > min(MAX_SCANS, MAX_SCANNED // (width * height)) or held > MAX_HELD:
        raise UploadError(422, "costly-jpeg")


def on_its_side(picture):
    """Whether its Exif turns it by a quarter; one that cannot be read turns nothing."""
    exif = Image.Exif()  # picture.getexif() would decode a whole PNG
    with suppress(Exception):
        exif.load(picture.info.get("exif"))
        return exif.get(ExifTags.Base.Orientation) in (5, 6, 7, 8)
    return False
