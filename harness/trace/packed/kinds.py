"""What a file is, told by its first bytes."""

GZIP, ZSTD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


def is_zip(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04")


def is_tar(head: bytes) -> bool:
    return head[257:262] == b"ustar"


def is_squeezed(head: bytes) -> bool:
    return head.startswith((GZIP, ZSTD))


def is_page(head: bytes) -> bool:
    """Whether a text that begins so is an HTML page."""
    return (
        head.lstrip(b"\xef\xbb\xbf \t\r\n")[:14].lower().startswith((b"<!doctype html", b"<html"))
    )
