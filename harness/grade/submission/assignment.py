"""What an assignment asks, as data: ``assignment.toml``. Lab 6's lies in ``checks/``; another lab
of the kind is another folder."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from harness.grade.errors import GradeError
from harness.home import HOME
from harness.trace import Profile, load_profile
from harness.witness.message import JOB, MessageFormat

ASSIGNMENT = HOME / "checks" / "assignment.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """How a service of this role is recognised."""

    image: re.Pattern[str] | None  #: of a ready server
    name: re.Pattern[str]  #: searched in the container's or service's name, small letters


@dataclass(frozen=True, slots=True, kw_only=True)
class Sandbox:
    """What a submission may use while it is graded."""

    redis: str  #: the grader's image
    postgres: str
    gate: str
    bases: tuple[re.Pattern[str], ...]  #: images that a service may be started from without a build
    build_bases: tuple[
        re.Pattern[str], ...
    ]  #: images that a Dockerfile may begin from, or copy from
    memory: str
    cpus: float
    pids: int
    services: int  #: at most, in all
    volumes: int
    storage: str
    minutes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """One lab."""

    name: str
    roles: dict[str, Role]
    container_names: dict[str, str]
    port: int
    submit: tuple[str, ...]
    status_of: tuple[str, ...]  #: in the order of ``submit``, as ``result``
    result: tuple[str, ...]  #: "" where the api gives no results
    file_field: str  #: "" where jobs have no file
    id_fields: tuple[str, ...]
    queue: str
    message: MessageFormat
    table: str
    columns: dict[str, tuple[str, ...]]  #: by what they hold, the likeliest name first
    statuses: dict[str, str]  #: theirs, capitals → the lab's
    near_words: dict[str, str]  #: words that are understood, so that the rest can be judged
    profiles: tuple[Profile, ...]
    sandbox: Sandbox
    texts: dict[
        str, dict[str, str]
    ]  #: what the workload's verdicts mean: reference → language → sentence


@cache
def load_assignment(file: Path = ASSIGNMENT) -> Assignment:
    """The assignment of that file, with the log profiles ``*.profile.toml`` beside it.

    ``GradeError``: ``assignment-file-missing``, ``assignment-unreadable`` where it is none.
    """
    if not file.is_file():
        raise GradeError("assignment-file-missing", folder=file.parent, name=file.name)
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
        return _made(table, file.parent)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise GradeError("assignment-unreadable", file=file, reason=told_of(error)) from error


def told_of(error: Exception) -> str:
    """What is wrong with a table: an error in its writing, or a key that is not there."""
    words = error.args[0] if isinstance(error, KeyError) and error.args else error
    return f"{type(error).__name__}: {words}"


def _made(table: dict[str, Any], folder: Path) -> Assignment:
    http, columns = table["http"], dict(table["table"])
    submit = tuple(http["submit"])
    return Assignment(
        name=table["name"],
        roles={name: _role(entry) for name, entry in table["roles"].items()},
        container_names=table["container_names"],
        port=http["port"],
        submit=submit,
        status_of=tuple(http["status"]),
        result=tuple(http.get("result", [""] * len(submit))),
        file_field=http.get("file", ""),
        id_fields=tuple(http["id"]),
        queue=table["queue"]["name"],
        message=_message(table["message"]),
        table=columns.pop("name"),
        columns={holds: tuple(names) for holds, names in columns.items()},
        statuses=_words(table["statuses"]),
        near_words=_words(table.get("near_words", {})),
        profiles=tuple(load_profile(file) for file in sorted(folder.glob("*.profile.toml"))),
        sandbox=_sandbox(table["sandbox"]),
        texts=table.get("texts", {}),
    )


def _words(entry: dict[str, list[str]]) -> dict[str, str]:
    return {theirs.upper(): ours for ours, names in entry.items() for theirs in names}


def _message(entry: dict[str, Any]) -> MessageFormat:
    """Of ``separator`` and ``fields``, or of the table ``json``."""
    if "json" in entry:
        keys = {name: tuple(path.split(".")) for name, path in entry["json"].items()}
        made = MessageFormat(keys=keys)
    else:
        made = MessageFormat(separator=entry["separator"], fields=tuple(entry["fields"]))
    if JOB not in made.names or not made.separator:
        raise ValueError(f"[message]: {JOB}")
    return made


def _role(entry: dict[str, str]) -> Role:
    image = re.compile(entry["image"]) if "image" in entry else None
    return Role(image=image, name=re.compile(entry["name"]))


def _sandbox(entry: dict[str, Any]) -> Sandbox:
    bases = tuple(re.compile(base) for base in entry["bases"])
    further = tuple(re.compile(base) for base in entry["build_bases"])
    return Sandbox(**{**entry, "bases": bases, "build_bases": bases + further})
