"""Where a cluster's machine keeps the works that it grades: a folder of its own account alone."""

import hashlib
import os
import shutil
import socket
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from time import time

import psutil

from harness.texts import say

_ROOMS = "lab6-works"
_OWNER = ".owner"  #: which process a room is of; no work's folder there begins with a dot
_CLOCK_S = 10.0  #: by which a process's beginning may move when the machine's clock is set
_FORGOTTEN_S = 24 * 3600.0  #: a room of nobody known is removed after it


class NotOurs(Exception):  # noqa: N818 - a fact about a folder, which is its text
    """A folder that another account of this machine made, or may write to."""


def own_rooms() -> Path:
    """The folder of this account's rooms, without those that nobody works in any more.
    ``NotOurs``.

    Its name is known to all, and so is the folder that it lies in.
    """
    account = f"-{os.getuid()}" if sys.platform != "win32" else ""  # there it lies in their own
    rooms = Path(tempfile.gettempdir()) / f"{_ROOMS}{account}"
    with suppress(FileExistsError):
        rooms.mkdir(mode=0o700)
    if sys.platform != "win32":
        status = rooms.lstat()
        ours = stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
        if not ours or stat.S_IMODE(status.st_mode) & 0o077:
            raise NotOurs(rooms)
    forget_old_rooms(rooms)
    return rooms


@contextmanager
def room_for(content: str) -> Iterator[Path]:
    """A folder for one work, the same for the same work: its images are named by it, and built
    once. ``NotOurs``.
    """
    rooms, stem = own_rooms(), hashlib.sha256(content.encode()).hexdigest()[:12]
    for number in count(1):
        room = rooms / f"{stem}-{number}"
        try:
            room.mkdir()
        except FileExistsError:
            continue  # the same work, in another slot
        break
    (room / _OWNER).write_text(_this_process(), encoding="utf-8")
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def rooms_gone() -> str:
    """Why works have no place here, in words; "" where they have."""
    try:
        own_rooms()
    except NotOurs as folder:
        return say("cluster.room", folder=folder)
    return ""


def forget_old_rooms(rooms: Path) -> None:
    """Remove those that nobody can still be working in: their process was killed, or they are
    old. Another worker of this machine may be doing the same.
    """
    for room in rooms.iterdir():
        with suppress(FileNotFoundError):
            if _left_behind(room) or time() - room.stat().st_mtime > _FORGOTTEN_S:
                shutil.rmtree(room, ignore_errors=True)


def _left_behind(room: Path) -> bool:
    """Whether its process ran here and is no more; False of a room that does not say."""
    try:
        host, pid, began = (room / _OWNER).read_text(encoding="utf-8").splitlines()
    except (FileNotFoundError, ValueError):
        return False
    if host != socket.gethostname():
        return False
    try:
        return abs(psutil.Process(int(pid)).create_time() - float(began)) > _CLOCK_S
    except psutil.NoSuchProcess:
        return True


def _this_process() -> str:
    """What no other process has: its machine, its number, and when it began."""
    return f"{socket.gethostname()}\n{os.getpid()}\n{psutil.Process().create_time()}\n"
