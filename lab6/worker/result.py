"""The result's file: a reader finds the whole file or none."""

import errno
import logging
import os
import uuid
from pathlib import Path

from stopping import pause

JPEG_QUALITY = 95
LARGE, QUICKLY = 4_000_000, 3  # from so many points on a PNG is packed at this level of 9, not 6

log = logging.getLogger("worker")


def save(result, file_format, profile, file_path):
    """Store the picture. ``profile``: of the picture that it was made of."""
    if profile and profile[16:20] != (b"GRAY" if result.mode in ("L", "LA") else b"RGB "):
        profile = None  # a colour profile is for the colours that it was made for
    options = {"quality": JPEG_QUALITY, "icc_profile": profile}
    if result.width * result.height >= LARGE:
        options["compress_level"] = QUICKLY
    store(lambda file: result.save(file, format=file_format, **options), file_path)


def store(write, file_path):
    """Let it be written, and give it its name. Tries until the disk has room."""
    unfinished = f"{file_path}.{uuid.uuid4().hex}.part"  # who came too late may be writing it, too
    while True:
        try:
            with open(unfinished, "wb", buffering=0) as file:
                write(ResultFile(file))
            os.replace(unfinished, file_path)
            return
        except OSError as err:
            Path(unfinished).unlink(missing_ok=True)
            if err.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            log.info("Error saving the result: %s", err)
            pause()


class ResultFile:
    """Written whole or not at all: Pillow does not notice a write that a full disk cut short."""

    def __init__(self, file):
        self._number = file.fileno()

    def write(self, data):
        left = memoryview(data)
        while left:
            left = left[os.write(self._number, left) :]
        return len(data)

    def flush(self):
        """Nothing waits."""
