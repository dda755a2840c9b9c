"""Exports of a group's results folder: what the teacher asked for, made, written and told."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from harness.cli.assignment_option import CHECKS
from harness.cli.results import renew_group
from harness.cli.terminal import out, printable
from harness.texts import say
from report.errors import ReportError
from report.exports import Made, Told, Wanted, export_as
from report.group import Group, load_group
from report.marks import load_mark_rule
from report.received import listed_times, sheet_times
from report.sheets import Sheet, read_sheet
from report.writing import write_whole

_SHOWN = 40  #: works told of one reason; the file has them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The options of an export."""

    names: Sequence[str]
    sheet: Path | None = None
    column: str | None = None
    separator: str = ","
    received: Path | None = None
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)


def write_exports(folder: Path, asked: Asked, assignment: Path = CHECKS) -> bool:
    """Make every export asked for, below ``folder/exports``; whether each work found its place."""
    if not asked.names:
        return True
    group = _timed(load_group(folder, load_mark_rule(assignment / "assignment.toml")), asked)
    placed = True
    for name in asked.names:
        made = export_as(name, group, _wanted(group, asked, name))
        place = folder / "exports" / name
        for file, data in made.files.items():
            write_whole(place / file, data)
        if made.told:
            write_whole(
                place / "told.txt", "".join(_lines(made.told, None)).encode("utf-8", "replace")
            )
        _say(name, place, made)
        placed = placed and not any(item.reason in ("unclear", "unknown") for item in made.told)
    return placed


def _wanted(group: Group, asked: Asked, name: str) -> Wanted:
    comma = asked.separator == ";"
    return Wanted(
        sheet=_sheet(asked.sheet),
        sheet_name=asked.sheet.name if asked.sheet else "",
        column=asked.column,
        separator=asked.separator,
        decimal="," if comma else ".",
        pages=_pages(group) if name == "moodle" else {},
        environment=asked.environment,
    )


def _sheet(file: Path | None) -> Sheet | None:
    return None if file is None else read_sheet(file.read_bytes(), file.name)


def _pages(group: Group) -> dict[str, bytes]:
    """What the run wrote for each student; a work without has none."""
    files = {work.name: group.folder / "feedback" / f"{work.name}.html" for work in group.works}
    return {name: file.read_bytes() for name, file in files.items() if file.is_file()}


def _timed(group: Group, asked: Asked) -> Group:
    """The group with the times of submission that its late penalty needs."""
    if group.rule.deadline is None:
        return group
    owners = [work.owner for work in group.works]
    times: dict[int, datetime] = {}
    if asked.received is not None:
        sheet = read_sheet(asked.received.read_bytes(), asked.received.name)
        times = listed_times(sheet, owners, asked.received.name)
    elif asked.sheet is not None and "moodle" in asked.names:
        from report.exports.moodle import people_of

        sheet = read_sheet(asked.sheet.read_bytes(), asked.sheet.name)
        people = people_of(sheet, asked.sheet.name, asked.column)
        times = sheet_times(sheet, owners, people, asked.sheet.name, asked.column)
    named = {group.works[place].name: time for place, time in times.items()}
    timed = load_group(group.folder, group.rule, named)
    if named:
        renew_group(timed)
    return timed


def _say(name: str, place: Path, made: Made) -> None:
    for line in _lines(made.told, _SHOWN):
        out().print(printable(line.rstrip("\n")), markup=False, soft_wrap=True)
    if made.filled is not None:
        out().print(say("export.filled", name=name, count=made.filled), markup=False)
    files = ", ".join(sorted(made.files)) if len(made.files) < 4 else str(len(made.files))
    out().print(say("export.written", folder=place, files=files), markup=False, soft_wrap=True)


def _lines(told: Sequence[Told], most: int | None) -> list[str]:
    """A line a work, by reason."""
    lines = []
    for reason in ("unclear", "unknown", "unjudged", "partly", "no-work"):
        group = [item for item in told if item.reason == reason]
        for item in group[:most]:
            others = ", ".join(item.others)
            lines.append(say(f"export.told.{reason}", name=item.name, others=others) + "\n")
        if most is not None and len(group) > most:
            lines.append(say("export.told.more", count=len(group) - most) + "\n")
    return lines


def check_asked(asked: Asked, assignment: Path = CHECKS) -> None:
    """Complain now about a sheet that cannot be read, not after an evening of grading."""
    sheet = _sheet(asked.sheet)
    if sheet is None and "moodle" in asked.names:
        raise ReportError("sheet-wanted", kind="moodle")
    load_mark_rule(assignment / "assignment.toml")
