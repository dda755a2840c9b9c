"""What a work is, as one hash: the same files with the same bytes are the same work."""

import hashlib
import os
from pathlib import Path

LEFT_OUT = frozenset({".git", ".venv", "venv", "node_modules", "__pycache__", ".idea", ".vscode"})
_CHUNK = 1024 * 1024


def content_hash(folder: Path) -> str:
    """Of paths, bytes and what may be executed; of a link, where it points."""
    whole = hashlib.sha256()
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        links = [name for name in folders if (Path(place) / name).is_symlink()]
        for name in sorted([*files, *links]):
            file = Path(place) / name
            whole.update(file.relative_to(folder).as_posix().encode("utf-8", "surrogateescape"))
            whole.update(_told(file))
    return whole.hexdigest()


def _told(file: Path) -> bytes:
    if file.is_symlink():
        return b"\0link\0" + os.fsencode(file.readlink())
    sha256 = hashlib.sha256()
    if file.is_file():
        with file.open("rb") as opened:
            while chunk := opened.read(_CHUNK):
                sha256.update(chunk)
        sha256.update(b"x" if file.stat().st_mode & 0o100 else b"-")
    return b"\0file\0" + sha256.digest()
