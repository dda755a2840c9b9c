"""Whether a short log may be of several workers, though too little stands in it to be sure: some
field of its lines stays the same through each job and differs between jobs.

In a long log such a field proves itself, for each worker has several jobs (``names_worker``).
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from harness.trace.ids import WHOLE_ID, leading_key
from harness.trace.profile import Profile
from harness.trace.reading.learning import PART_OF_ID, shape_source, words_of
from harness.trace.reading.structured import fields_behind

Row = tuple[str, dict[str, str]]
"""A line of a job: the key of its id, and its fields."""


def may_be_apart(
    lines: Iterable[bytes], profile: Profile, pairs: Iterable[tuple[str, str]]
) -> list[bool]:
    """Of each pair of jobs (keys of their ids), whether a field that may name workers has another
    value in the one than in the other.
    """
    rows = list(_rows(lines, profile))
    names = dict.fromkeys(name for _, fields in rows for name in fields)
    by_job = [values for name in names if (values := _values(name, rows))]
    return [any(values.get(one) != values.get(two) for values in by_job) for one, two in pairs]


def _rows(lines: Iterable[bytes], profile: Profile) -> Iterator[Row]:
    for raw in lines:
        text = raw.decode("utf-8", "replace")
        for _, pattern in profile.patterns:
            event = pattern.search(text)
            job = WHOLE_ID.search(text, event.start()) if event else None
            if event and job:
                prefix = text[: event.start()].partition("{")[0]
                shape = shape_source(prefix)
                words = {f"{shape} {at}": word for at, word in enumerate(words_of(prefix))}
                fields = {**words, **fields_behind(text)}
                told = {key: value for key, value in fields.items() if f"|{value}" not in text}
                yield leading_key(job[0]) or "", told
                break


def _values(name: str, rows: list[Row]) -> dict[str, str]:
    """The value of this field in each job's lines; nothing where it names no workers."""
    by_job: dict[str, set[str]] = defaultdict(set)
    for job, fields in rows:
        by_job[job].add(fields.get(name, ""))
    if any(len(some) > 1 for some in by_job.values()):
        return {}
    values = {job: next(iter(some)) for job, some in by_job.items()}
    is_id = any(len(value) >= PART_OF_ID and value.lower() in job for job, value in values.items())
    return {} if is_id or "" in values.values() else values
