"""A Dockerfile that reaches no image but the assignment's, written anew from what was understood of
it.

What BuildKit would read another way than here is refused: an escape character of the file's own,
quotes and backslashes in flags, instructions that nobody knows. Lines of a here-document are looked
at too, since only BuildKit knows for certain where one ends; but no stage can be named in one.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from harness.grade.submission.interpolation import interpolated
from harness.grade.submission.sandbox.base_images import allowed_image
from harness.grade.submission.sandbox.values import too_often

_KNOWN = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)
_DIRECTIVE = re.compile(r"#\s*(?P<name>[A-Za-z]\w*)\s*=")
_FROM = re.compile(
    r"FROM\s+(?:--platform=\S+\s+)?(?P<image>[^\s-]\S*)(?:\s+AS\s+(?P<stage>[\w.-]+))?\s*",
    re.IGNORECASE,
)
_FLAG = re.compile(r"--(?P<name>[a-z-]+)(?:=(?P<value>\S*))?")
_HERE = re.compile(r"<<(?P<tabs>-?)(?P<quote>[\"']?)(?P<word>\w+)(?P=quote)(?=[\s;|&)>]|$)")
_REACHES = re.compile(r"(?:COPY|ADD|RUN|ONBUILD)\s.*(?:--from|from=|--mount)", re.IGNORECASE)
_INTERVAL = re.compile(r"\s+--(?P<name>(?:start-)?interval)=(?P<value>\S*)", re.IGNORECASE)
_TEST = re.compile(r"\s(?:CMD|NONE)\b", re.IGNORECASE)
_CONTINUED = re.compile(r"(?<!\\)\\[ \t]*$")
_GLOBAL = re.compile(r"ARG\s+(?P<rest>.+)", re.IGNORECASE)
_MOUNTS = ("bind", "tmpfs")  #: of ``RUN --mount``; a cache would outlive the grading, and be shared


class RefusedError(ValueError):
    """Says which line; the work under test is not built."""


@dataclass(slots=True)
class _Reading:
    """What is known at one line of the file."""

    bases: tuple[re.Pattern[str], ...]
    given: Mapping[str, str]  #: the build's arguments
    told: list[str] = field(default_factory=list)  #: what was dropped
    arguments: dict[str, str] = field(default_factory=dict)  #: before the first FROM
    stages: list[str] = field(default_factory=list)  #: begun so far, the last one is at work


def checked_dockerfile(
    text: str, *, bases: Iterable[re.Pattern[str]], arguments: Mapping[str, str]
) -> tuple[str, tuple[str, ...]]:
    """The text as it will be built, and the lines that were dropped. ``RefusedError`` with the
    line.
    """
    reading = _Reading(bases=tuple(bases), given=arguments)
    lines = deque(_without_directives(text, reading.told))
    made = []
    while lines:
        line = _logical(lines)
        made.append(_instruction(line, reading))
        for tabs, word in _here_words(line):
            made += _here_document(lines, word, tabs, reading)
    return "\n".join(made) + "\n", tuple(reading.told)


def _without_directives(text: str, dropped: list[str]) -> list[str]:
    """The lines without the comments at the top: one may name another builder, or another
    escape character.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    while lines and (lines[0].startswith("#") or not lines[0].strip()):
        line = lines.pop(0)
        match = _DIRECTIVE.match(line)
        if match and match["name"].lower() == "escape":
            raise RefusedError(line)
        if match and match["name"].lower() == "syntax":
            dropped.append(line)
    return lines


def _logical(lines: deque[str]) -> str:
    r"""The next instruction: lines that end in ``\`` joined; comments and empty lines between
    them left out.
    """
    line = lines.popleft()
    if line.lstrip().startswith("#"):
        return ""
    while _CONTINUED.search(line) and lines:
        line = _CONTINUED.sub("", line)
        while lines and (not (bare := lines[0].strip()) or bare.startswith("#")):
            lines.popleft()
        line += lines.popleft() if lines else ""
    return line


def _here_words(line: str) -> list[tuple[bool, str]]:
    """The ends of the here-documents that this line begins: whether tabs may stand before, and
    the word.
    """
    if line.strip()[:4].upper() not in ("RUN ", "RUN\t", "COPY", "ADD ", "ADD\t"):
        return []
    matches = list(_HERE.finditer(line))
    if line.count("<<") != len(matches):
        raise RefusedError(line.strip())
    return [(match["tabs"] == "-", match["word"]) for match in matches]


def _instruction(line: str, reading: _Reading) -> str:
    bare = line.strip()
    if not bare or bare.startswith("#"):
        return ""
    word = bare.split(maxsplit=1)[0].upper()
    if word not in _KNOWN:
        raise RefusedError(bare)
    if word == "FROM":
        return _from(bare, reading)
    if word == "ARG":
        _argument(bare, reading)
    return _flags(bare, word, reading)


def _here_document(lines: deque[str], word: str, tabs: bool, reading: _Reading) -> list[str]:
    """Its lines, as they are; none where it has no end, and so is none. No line may reach another
    image, were it an instruction after all."""
    ends = [line.lstrip("\t") if tabs else line for line in lines]
    if word not in ends:
        return []
    kept = [lines.popleft() for _ in range(ends.index(word) + 1)]
    for bare in map(str.strip, kept):
        if (match := _FROM.fullmatch(bare)) is not None:
            _image(match["image"], bare, reading)
        elif _REACHES.match(bare):
            raise RefusedError(bare)
    return kept


def _from(line: str, reading: _Reading) -> str:
    match = _FROM.fullmatch(line)
    if match is None:
        raise RefusedError(line)
    image = _image(match["image"], line, reading)
    reading.stages.append((match["stage"] or "").lower())
    return f"FROM {image}" + (f" AS {match['stage'].lower()}" if match["stage"] else "")


def _image(text: str, line: str, reading: _Reading) -> str:
    """An earlier stage of the file, nothing at all (``scratch``), or an image of the list."""
    name = str(interpolated(text, reading.arguments))
    if name.lower() in reading.stages:
        return name.lower()
    if name.isdecimal() and int(name) < len(reading.stages) and text == name:
        return name
    image = name if name == "scratch" else allowed_image(name, reading.bases)
    if image is None:
        raise RefusedError(line)
    return image


def _argument(line: str, reading: _Reading) -> None:
    """Before the first FROM: what later FROMs may name, the build's own value before the
    default.
    """
    if reading.stages:
        return
    for word in (_GLOBAL.match(line) or {"rest": ""})["rest"].split():
        name, _, value = word.partition("=")
        value = str(interpolated(value.strip("\"'"), reading.arguments))
        reading.arguments[name] = reading.given.get(name, value)


def _flags(line: str, word: str, reading: _Reading) -> str:
    """The line with its flags understood: another image by ``--from``, mounts of RUN."""
    if word == "HEALTHCHECK":
        return _health(line, reading)
    if word not in ("COPY", "ADD", "RUN"):
        return line
    first, rest = line[: len(word)], line[len(word) :].lstrip()
    kept = [first]
    while rest.startswith("--"):
        flag, _, rest = rest.partition(" ")
        rest = rest.lstrip()
        if (made := _flag(flag, line, reading)) is not None:
            kept.append(made)
    return " ".join([*kept, rest])


def _health(line: str, reading: _Reading) -> str:
    """The line, once a second instead of an interval that would keep the Engine busy, or is written
    so that it cannot be told."""
    end = match.start() if (match := _TEST.search(line)) else len(line)

    def kept(flag: re.Match[str]) -> str:
        if not too_often(flag["value"]) and not set("\"'\\") & set(flag["value"]):
            return flag[0]
        reading.told.append(flag[0].strip())
        return f" --{flag['name'].lower()}=1s"

    return _INTERVAL.sub(kept, line[:end]) + line[end:]


def _flag(flag: str, line: str, reading: _Reading) -> str | None:
    match = _FLAG.fullmatch(flag)
    if match is None or set("\"'\\\t") & set(flag):
        raise RefusedError(line)
    if match["name"] == "from":
        return f"--from={_image(match['value'] or '', line, reading)}"
    if match["name"] == "mount":
        return _mount(match["value"] or "", line, reading)
    if match["name"] in ("network", "security", "device"):
        reading.told.append(flag)
        return None
    return flag


def _mount(options: str, line: str, reading: _Reading) -> str | None:
    pairs = [part.partition("=")[::2] for part in options.split(",")]
    kind = next((value for key, value in pairs if key.lower() == "type"), "bind").lower()
    if kind not in _MOUNTS:
        reading.told.append(f"--mount={options}")
        return None
    made = [
        (key, _image(value, line, reading) if key.lower() == "from" else value)
        for key, value in pairs
    ]
    return "--mount=" + ",".join(f"{key}={value}" if value else key for key, value in made)
