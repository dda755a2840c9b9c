"""The upload's file: whole or not there, also after a power cut."""

import os
from pathlib import Path


def save(stream, parts, file_path):
    """Store these parts of the upload."""
    unfinished = f"{file_path}.part"
    try:
        with open(unfinished, "wb") as file:
            for begin, end in parts:
                stream.seek(begin)
                while begin < end:  # a piece at a time: sixteen uploads may be here at once
                    begin += file.write(stream.read(min(end - begin, 64 * 1024)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, file_path)
        sync_folder(os.path.dirname(file_path))  # the new name lies there
    except OSError:
        for path in (unfinished, file_path):
            Path(path).unlink(missing_ok=True)
        raise


def sync_folder(path):
    if os.name != "posix":
        return
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
