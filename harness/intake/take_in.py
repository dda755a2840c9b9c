"""What was given → works: where each one's compose file is, whose it is, and what was decided
on the way.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.grade.submission.border import border
from harness.intake.entries import (
    compose_file,
    compose_folders,
    compose_in,
    entries,
    is_group,
    loose,
)
from harness.intake.errors import Refused
from harness.intake.limits import IntakeLimits
from harness.intake.unpack import is_archive, room_of, unpack
from harness.texts import say

_SHOWN = 6
_SCRIPT = ("entrypoint", ".sh", "dockerfile", "wait-for")
_LARGEST_SCRIPT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """One work of one person, or why there is none."""

    given: str  #: the outermost name
    folder: Path | None = None  #: where its compose file lies, or what that file reaches into
    told: tuple[str, ...] = ()  #: decisions, in words
    problem: str = ""  #: why it cannot be graded; a person decides
    absent: str = ""  #: nothing to grade was handed in: no points


def take_in(
    given: Sequence[Path], room: Path, limits: IntakeLimits
) -> tuple[list[Taken], list[str]]:
    """Works of everything given, unpacked below ``room``; and what is told of things that are
    no work.
    """
    taken: list[Taken] = []
    told: list[str] = []
    for path in given:
        if not path.is_dir() and not is_archive(path):
            told.append(say("intake.loose", name=path.name))
            continue
        taken += _given(path.resolve(), room, limits, told)
    return taken, told


def _given(path: Path, room: Path, limits: IntakeLimits, told: list[str]) -> Iterator[Taken]:
    """Of one argument: a group's, or one work's."""
    try:
        folder = path if path.is_dir() else _opened(path, room, limits, group=True)
        inner = _unwrapped(folder)
        inner = _opened_alone(inner, room, limits)
    except Refused as refused:
        yield Taken(given=path.name, problem=_words(refused))
        return
    if not is_group(inner):
        yield _work(path.name, [folder], room, limits)
        return
    if compose_in(inner):
        told.append(say("intake.stray-compose", name=path.name))
    told += [say("intake.loose", name=file.name) for file in loose(inner) if not compose_in(inner)]
    for entry in entries(inner):
        yield _work(entry.name, [entry], room, limits)


def _unwrapped(folder: Path) -> Path:
    """Down through folders that hold nothing but one folder."""
    while not compose_in(folder):
        within = entries(folder)
        if len(within) != 1 or not within[0].is_dir() or loose(folder):
            break
        folder = within[0]
    return folder


def _opened_alone(folder: Path, room: Path, limits: IntakeLimits) -> Path:
    """The only archive of a folder opened as the group's; else the folder."""
    within = entries(folder)
    if len(within) == 1 and is_archive(within[0]) and not compose_in(folder):
        return _unwrapped(_opened(within[0], room, limits, group=True))
    return folder


def _work(name: str, places: list[Path], room: Path, limits: IntakeLimits) -> Taken:
    """One person's: every archive within opened, then the folder that has the compose file."""
    told: list[str] = []
    try:
        folders = [folder for place in places for folder in _all_opened(place, room, limits, told)]
    except Refused as refused:
        return Taken(given=name, problem=_words(refused), told=tuple(told))
    candidates = [
        (len(folder.relative_to(top).parts), folder, top)
        for top in folders
        for folder in compose_folders(top)
    ]
    if not candidates:
        return Taken(given=name, absent=say("intake.no-compose"), told=tuple(told))
    least = min(depth for depth, _, _ in candidates)
    nearest = [folder for depth, folder, _ in candidates if depth == least]
    shown = ", ".join(sorted(_place(folder, top) for _, folder, top in candidates)[:_SHOWN])
    if len(nearest) > 1:
        return Taken(given=name, problem=say("intake.several", places=shown), told=tuple(told))
    if len(candidates) > 1:
        told.append(say("intake.others", places=shown, taken=_place(*_of(nearest[0], candidates))))
    file = compose_file(nearest[0]) or nearest[0]
    folder = border(file, _of(nearest[0], candidates)[1])
    told += [say("intake.crlf", file=file) for file in _with_crlf(folder)]
    return Taken(given=name, folder=folder, told=tuple(told))


def _of(folder: Path, candidates: list[tuple[int, Path, Path]]) -> tuple[Path, Path]:
    return next((candidate, top) for _, candidate, top in candidates if candidate == folder)


def _place(folder: Path, top: Path) -> str:
    where = folder.relative_to(top).as_posix()
    return top.name if where == "." else f"{top.name}/{where}"


def _all_opened(place: Path, room: Path, limits: IntakeLimits, told: list[str]) -> list[Path]:
    """The folder, and every archive within it opened beside, down to the depth that is allowed."""
    budget = room_of(limits)
    waiting: list[tuple[Path, int]] = [(place, 0)]
    folders = []
    while waiting:
        entry, depth = waiting.pop(0)
        if is_archive(entry):
            if depth >= limits.depth:
                raise Refused("too-deep", name=entry.name)
            to = _place_in(room, entry)
            links = unpack(entry, to, budget)
            told += [say("intake.link", name=link[:200]) for link in links[:_SHOWN]]
            entry = to
        folders.append(entry)
        if not any(True for _ in compose_folders(entry)):
            waiting += [(file, depth + 1) for file in _archives(entry)]
    return folders


def _archives(folder: Path) -> Iterator[Path]:
    for entry in entries(folder):
        if is_archive(entry):
            yield entry
        else:
            yield from _archives(entry)


def _opened(archive: Path, room: Path, limits: IntakeLimits, *, group: bool) -> Path:
    to = _place_in(room, archive)
    unpack(archive, to, room_of(limits, group=group))
    return to


def _place_in(room: Path, archive: Path) -> Path:
    """A folder of its own, the same in every run (images are named by it), called as the
    archive.
    """
    key = hashlib.sha256(os.fsencode(archive)).hexdigest()[:12]
    return room / key / (archive.stem[:80].strip(" .") or "work")


def _with_crlf(folder: Path) -> list[str]:
    """Scripts and Dockerfiles whose lines end as Windows ends them: Linux does not find such an
    interpreter.
    """
    scripts = []
    for file in _scripts(folder):
        with file.open("rb") as opened:
            text = opened.read(_LARGEST_SCRIPT)
        started = text.startswith((b"#!", b"\xef\xbb\xbf#!")) or "dockerfile" in file.name.lower()
        if b"\r\n" in text and started:
            scripts.append(file.relative_to(folder).as_posix())
    return scripts[:_SHOWN]


def _scripts(folder: Path) -> Iterator[Path]:
    """What a container starts by, at most three folders deep: what was installed is not looked
    through.
    """
    level = [folder]
    for _ in range(3):
        files = [
            file for folder in level for file in sorted(folder.iterdir()) if not file.is_symlink()
        ]
        yield from (
            file
            for file in files
            if file.is_file() and any(word in file.name.lower() for word in _SCRIPT)
        )
        level = [file for file in files if file.is_dir() and not file.name.startswith(".")]


def _words(refused: Refused) -> str:
    return say(f"intake.{refused.reason}", **refused.facts)
