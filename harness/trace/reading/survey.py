"""A log's first lines, looked over for the dress it wears."""

import json
from collections.abc import Iterable

from harness.trace.decorations import undecorated
from harness.trace.profile import Profile
from harness.trace.reading.learning import Carried, Dress, all_sources, learnt_dress
from harness.trace.reading.reader import Reader, find_event
from harness.trace.reading.structured import unwrapped
from harness.trace.reading.tidying import tidied

_ENOUGH = 2000  #: events by which a log's dress is known
_KNOWN = 300  #: the same, where the tables read all of them


def proposed_profile(lines: Iterable[bytes], profile: Profile) -> str:
    """A profile, as TOML, that also reads the events behind prefixes that are unknown so far."""
    reader = Reader(profile)
    texts = (raw.decode("utf-8", "replace") for raw in lines)
    carried = [
        one
        for text in texts
        if not reader.is_noise(text) and reader.read(text) is None
        if (one := _carried(text, profile))
    ]
    rows = [f"name = {json.dumps(profile.name, ensure_ascii=False)}", "", "[events]"]
    rows += [
        f"{kind} = {json.dumps(found.pattern, ensure_ascii=False)}"
        for kind, found in profile.patterns
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
    reader = Reader(profile)
    carried: list[Carried] = []
    known = 0
    for raw in lines:
        text = raw.decode("utf-8", "replace")
        if reader.is_noise(text):
            continue
        parsed = reader.read(text)
        if parsed is not None and parsed.fault is None:
            known += 1
        elif one := _carried(text, profile):
            carried.append(one)
        if known + len(carried) >= (_ENOUGH if carried else _KNOWN):
            break
    return learnt_dress(carried, known) if carried else Dress()


def _carried(text: str, profile: Profile) -> Carried | None:
    line = undecorated(text)
    record = unwrapped(line.text)
    found = find_event(tidied(record.text if record else line.text), profile)
    if found is None:
        return None
    prefix, parsed = found
    return Carried(prefix=prefix, kind=parsed.kind.value, job=parsed.job.key if parsed.job else "")
