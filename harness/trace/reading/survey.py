"""A log's first lines, looked over for the dress it wears."""

import json
from collections.abc import Iterable, Iterator
from itertools import islice

from harness.trace.decorations import undecorated
from harness.trace.errors import TraceError
from harness.trace.profile import Profile
from harness.trace.reading.learning import (
    Carried,
    Dress,
    all_sources,
    learnt_dress,
    names_worker,
)
from harness.trace.reading.reader import Reader, find_event, holds_several
from harness.trace.reading.structured import sources, unwrapped
from harness.trace.reading.tails import learnt_tail
from harness.trace.reading.tidying import tidied

_ENOUGH = 2000  #: events by which a log's dress is known
_MOST = 20_000  #: lines
_KNOWN = 150  #: the same, where the tables read all of them


def proposed_profile(lines: Iterable[bytes], profile: Profile) -> str:
    """A profile, as TOML, that also reads the events behind prefixes that are unknown so far.
    TraceError where a line holds several of them: a profile reads one event of each line.
    """
    reader = Reader(profile)
    carried: list[Carried] = []
    for number, raw in enumerate(lines, 1):
        text = raw.decode("utf-8", "replace")
        if reader.is_noise(text) or reader.read(text) is not None:
            continue
        if event := _carried(text, profile):
            if holds_several(text, profile):
                raise TraceError("proposal-several", line=number)
            carried.append(event)
    rows = [f"name = {json.dumps(profile.name, ensure_ascii=False)}", "", "[events]"]
    rows += [
        f"{kind} = {json.dumps(pattern.pattern, ensure_ascii=False)}"
        for kind, pattern in profile.patterns
    ]
    fields = json.dumps(list(profile.fields), ensure_ascii=False)
    rows += ["", "[message]", f"separator = {json.dumps(profile.separator)}", f"fields = {fields}"]
    prefixes = [pattern.pattern for pattern in profile.prefixes] + all_sources(carried)
    rows += [
        "",
        "# What stands before the words; the group named stream tells workers apart.",
        "[line]",
        "prefix = [",
    ]
    rows += [f"  {json.dumps(source, ensure_ascii=False)}," for source in dict.fromkeys(prefixes)]
    return "\n".join([*rows, "]", ""])


def survey(lines: Iterable[bytes], profile: Profile) -> Dress:
    """The dress of a log that begins with these lines."""
    first = list(islice(lines, _MOST))
    tail = learnt_tail(_bare(first, Reader(profile)), profile)
    reader = Reader(profile, Dress(tail=tail))
    carried: list[Carried] = []
    beside: list[Carried] = []  # read, though behind a prefix: it may name the worker
    rows: list[tuple[str, dict[str, str]]] = []
    known = 0
    for raw in first:
        text = raw.decode("utf-8", "replace")
        if reader.is_noise(text):
            continue
        parsed = reader.read(text)
        if parsed is not None and parsed.fault is None:
            known += 1
            if parsed.job and "{" in text:
                rows.append((parsed.job.key, sources(undecorated(text).text)))
            if (
                not parsed.stream
                and text.lstrip().startswith("<")
                and (event := _carried(text, profile))
            ):
                beside.append(event)
        elif event := _carried(text, profile):
            carried.append(event)
            if event.job and "{" in text:
                rows.append((event.job, sources(undecorated(text).text)))
        if known + len(carried) >= (_ENOUGH if carried else _KNOWN):
            break
    shapes = learnt_dress(carried, known).shapes if carried else ()
    named = (shape for shape in learnt_dress(beside, 0).shapes if shape.streams)
    return Dress((*shapes, *named), keys=_keys(rows), tail=tail)


def _bare(lines: list[bytes], reader: Reader) -> Iterator[str]:
    """The lines that may be events and are no records."""
    for raw in lines:
        text = raw.decode("utf-8", "replace")
        if not reader.is_noise(text):
            inner = undecorated(text).text
            if unwrapped(inner) is None:
                yield inner


def _keys(rows: list[tuple[str, dict[str, str]]]) -> tuple[str, ...]:
    """The fields of records that tell workers apart."""
    names = dict.fromkeys(name for _, fields in rows for name in fields)
    return tuple(
        name
        for name in names
        if names_worker([(job, fields[name]) for job, fields in rows if name in fields])
    )


def _carried(text: str, profile: Profile) -> Carried | None:
    line = undecorated(text)
    record = unwrapped(line.text)
    inner = undecorated(record.text) if record else line
    event = find_event(tidied(inner.text), profile)
    if event is None:
        return None
    prefix, parsed = event
    return Carried(
        prefix=prefix,
        kind=parsed.kind.value,
        job=parsed.job.key if parsed.job else "",
        action=parsed.message.action if parsed.message else "",
    )
