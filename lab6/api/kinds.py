"""What a file is that is not the picture asked for, by its first bytes: a refusal names it."""

import codecs

BEGINNINGS = {
    b"\x89PNG\r\n\x1a\n": "damaged-png",
    b"\xff\xd8\xff": "damaged-jpeg",
    b"GIF8": "GIF",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"\0\0\1\0": "ICO",
    b"%PDF": "PDF",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"\0\0\0\x0cjP  ": "JPEG 2000",
}
HEAD = 512  # bytes that are looked at


def kind_of(data):
    """A name that everybody knows, or a key of NAMES in the texts."""
    head = data[:HEAD]
    if not head:
        return "empty"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[:2] == b"BM" and head[6:10] == bytes(4):  # reserved; a text goes on with letters
        return "BMP"
    if head[4:8] == b"ftyp":
        return kind_of_boxes(head[8:64])
    known = (kind for beginning, kind in BEGINNINGS.items() if head.startswith(beginning))
    return next(known, None) or kind_of_text(head)


def kind_of_boxes(brands):
    """HEIC, AVIF and videos begin alike: the names of what can read them differ."""
    if b"avif" in brands or b"avis" in brands:
        return "AVIF"
    heic = any(brand in brands for brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1"))
    return "heic" if heic else "video"


def kind_of_text(head):
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(
            head
        )  # its last letter may be cut
    except UnicodeDecodeError:
        return "unknown"
    if not all(sign.isprintable() or sign in "\t\r\n" for sign in text):
        return "unknown"
    if "<svg" in text:
        return "SVG"
    return "html" if "<html" in text.lower() else "text"
