"""What stands before a worker's own words in a log line, and how it is taken off.

Tools that carry logs put prefixes before each line, in any order and stacked: compose, container
and Swarm names, Kubernetes pods, journald, times, Go's and Python's logging; PowerShell 5.1 puts
the command's name before the first line that it takes for an error. They are noise to a rule, except
that some name the *stream* (which replica spoke) and some the time.
"""

import re
from datetime import datetime
from typing import NamedTuple

_LEVEL = (
    r"(?:TRACE|DEBUG|DEBU|INFO|NOTICE|WARNING|WARN|ERROR|ERRO|CRITICAL|SEVERE|FATAL|FATA|VERBOSE)"
)
_CLOCK = r"\d\d:\d\d:\d\d(?:[.,]\d+)?"
_ZONE = r"(?:[Zz]|[+-]\d\d:?\d\d)"
_ISO = rf"\d{{4}}-\d\d-\d\d[Tt ]{_CLOCK}"
_END = r"(?=\s|$)"

#: A row's number, a hash or the beginning of an id, before a bar: no container is called so.
_NO_NAME = r"(?! (?: \d+ | line-?\d+ | (?=[a-f\d-]*\d) [a-f\d]{7,} (?:-[a-f\d]+)* ) \s )"

_DECORATION = re.compile(
    rf"""
      (?P<name> {_NO_NAME} [A-Za-z0-9][\w.@/-]* ) \s+ \| {_END}                    # worker-1  | …
    | \[ (?P<pod> pod/[^\]\s]+ ) \] {_END}                                          # [pod/worker-7d/worker] …
    | [A-Z][a-z]{{2}} \s [ \d]\d \s {_CLOCK} \s (?P<unit> \S+ \s [^\s:\[]+ (?:\[\d+\])? ) : {_END}
    | {_ISO} {_ZONE} \s (?P<iso_unit> (?!{_ISO}) \S+ \s [^\s\[\]]+ \[\d+\] ) : {_END}  # journald, short-iso
    | (?P<process> [A-Za-z][\w.@/-]* \[\d+\] ) : {_END}                             # worker[7]: …
    | {_ISO} {_ZONE}? \s-\s [^|]{{1,100}}? \s-\s {_LEVEL} \s* - {_END}      # time - name - LEVEL - …
    | (?P<time> {_ISO} {_ZONE} ) {_END}                                             # docker logs -t
    | {_ISO} \s \[? {_LEVEL} \]? {_END}                                             # time LEVEL …
    | {_ISO} {_END}
    | \d{{4}}/\d\d/\d\d \s {_CLOCK} {_END}                                          # Go's log package
    | {_LEVEL} : [^\s:]* :                                                          # logging.basicConfig
    | (?P<log> [^\s:*?"<>|]+ \.(?:log|out|txt) (?:\.\d{{1,3}})? ) (?: :\d+ )? : {_END}      # worker-1.log: …
    | (?: [A-Za-z]: )? [^\s:*?"<>|]+ \.\w+ (?: :\d+ )? : {_END}                        # worker/main.py:66: …
    | \[? {_LEVEL} \]? :? {_END}                                                    # INFO …, [INFO], INFO:
    | \[? {_CLOCK} \]? {_END}                                                       # [08:00:00] …
    | \[ {_ISO} {_ZONE}? \] {_END}                                                  # [2026-11-23 08:00:00] …
    | (?:docker(?:-compose)?|podman|kubectl|wsl|python3?|py)(?:\.exe)? [ ] : {_END}    # docker : …
    """,
    re.VERBOSE,
)
_ANSI = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b(?:\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\^_])"
)
_STRUCK = re.compile(r"[^\x08]\x08")  #: a letter that the next one is printed over
_SPACE = re.compile(r"[\s\ufeff]*")


class Line(NamedTuple):
    """A line without its decorations."""

    text: str
    stream: str  #: who spoke, as the prefixes name it; "" where none does
    stamp: str | None  #: the outermost RFC 3339 time, as written

    @property
    def time(self) -> datetime | None:
        """The stamp as an aware time; None where there is none, or no such time exists."""
        return parse_time(self.stamp) if self.stamp else None


def undecorated(raw: str) -> Line:
    """``raw`` without decorations, ANSI sequences, BOM, NULs and outer white space."""
    text = raw
    if "\x1b" in text or "\x9b" in text:
        text = _ANSI.sub("", text)
    if "\x08" in text:
        text = _STRUCK.sub("", text)
    if "\0" in text:
        text = text.replace("\0", "")
    text = text.strip("\ufeff \t\r\n").strip()
    at = 0
    streams: list[str] = []
    stamp: str | None = None
    while match := _DECORATION.match(text, at):
        kind = match.lastgroup
        if kind == "time":
            stamp = stamp or match["time"]
        elif kind == "iso_unit":  # Docker's own stamp may stand before a host and a process
            stamp = stamp or text[match.start() : match.start("iso_unit")].rstrip()
            streams.append(match[kind])
        elif kind is not None:
            streams.append(match[kind])
        at = _SPACE.match(text, match.end()).end()  # type: ignore[union-attr]
    return Line(text[at:] if at else text, "/".join(streams), stamp)


def parse_time(stamp: str) -> datetime | None:
    """An RFC 3339 time; more digits than microseconds are cut off."""
    try:
        return datetime.fromisoformat(stamp.upper())
    except ValueError:
        return None
