"""A file that is there whole, or as it was before: written beside its place, then renamed into
it.
"""

import os
from pathlib import Path

from report.errors import ReportError


def write_whole(file: Path, data: bytes) -> None:
    """Write it; folders on the way are made. ``ReportError("report-unwritable")``."""
    beside = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        os.replace(beside, file)  # noqa: PTH105 - the one that replaces on Windows as well
    except OSError as error:
        reason = error.strerror or str(error)
        raise ReportError("report-unwritable", file=file, reason=reason) from error
