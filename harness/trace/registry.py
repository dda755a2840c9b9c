"""Which job a line speaks of: whole ids, abbreviated ones, and ids that a cut line left
unfinished.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Protocol

from harness.trace.ids import SHORTEST, WHOLE, JobId, leading_key, show_id
from harness.trace.records import Done, Job, Stream

_LONGEST_NAME = 80  #: characters kept of an id that is none
_MOST_UNNAMED = 10_000  #: lines without any id that are told of one by one


class Places(Protocol):
    """Submitted keys in published order, and the place of each."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...
    def __contains__(self, key: object, /) -> bool: ...
    def get(self, key: str, /) -> int | None:
        """From 0; None where the key was not submitted."""

    def beginning(self, prefix: str, /) -> list[str]:
        """Keys that begin with ``prefix``."""


class Queue(dict[str, int]):
    """A few submitted keys: the place of each, and an order to find them by their beginning."""

    @cached_property
    def _ordered(self) -> list[str]:
        return sorted(self)

    def beginning(self, prefix: str, /) -> list[str]:
        """Keys that begin with ``prefix``."""
        start = bisect_left(self._ordered, prefix)
        return self._ordered[start : bisect_right(self._ordered, prefix + "g", start)]


class Store(Protocol):
    """Finished jobs that the bulk path keeps instead of the registry."""

    def __len__(self) -> int: ...
    def note(self, key: str) -> None:
        """The log has named this key, elsewhere."""

    def put(self, key: str, done: Done) -> bool:
        """Keep a finished job; False where it does not fit."""

    def get(self, key: str) -> Done | None:
        """The job, or None where it is not here."""

    def beginning(self, prefix: str) -> list[str]:
        """Keys that begin with ``prefix``."""

    def unseen(self) -> Iterator[str]:
        """Submitted keys that are not here."""


class Registry:
    """All jobs that the log has named, and those that were submitted."""

    def __init__(self, submitted: Iterable[str] | Places | None) -> None:
        #: place in the queue by key; None where nobody said what was submitted
        self.submitted: Places | None
        if submitted is None or hasattr(submitted, "get"):
            self.submitted = submitted  # type: ignore[assignment]  # told apart by get
        else:
            keys = (text.replace("-", "").lower() for text in submitted)
            self.submitted = Queue((key, at) for at, key in enumerate(dict.fromkeys(keys)))
        self.ambiguous = False  #: a line could not be given to one job
        self._whole: dict[str, Job | Done] = {}
        self._short: dict[str, Job] = {}
        self._unnamed: dict[str, Job] = {}
        self._spared: set[str] = set()  #: submitted ids that an ambiguous line may have meant
        # Both by the first characters, made when the first abbreviated id comes: most logs have
        # none.
        self._index: dict[str, list[str]] | None = None
        self._short_index: dict[str, dict[str, None]] = {}
        self._store: Store | None = None
        self._fetched = 0  #: jobs of the store that are here by now

    def __len__(self) -> int:
        stored = len(self._store) - self._fetched if self._store is not None else 0
        return len(self._whole) + len(self._short) + len(self._unnamed) + stored

    def keep_in(self, store: Store) -> None:
        """From now on the bulk path keeps finished jobs in ``store``."""
        self._store = store
        for key in self._whole:
            store.note(key)

    @property
    def shortened(self) -> Iterable[str]:
        """Keys of jobs of which only the beginning is known."""
        return self._short

    def was_submitted(self, job: Job) -> bool | None:
        """Whether the job is one of the submitted ones; None where nobody said which those are."""
        return None if self.submitted is None else job.key in self.submitted

    def fold(self, job: Job, done: Done) -> None:
        """Remember a finished job in little space."""
        if self._store is not None and self._store.put(job.key, done):
            del self._whole[job.key]
        else:
            self._whole[job.key] = done

    def open_jobs(self) -> Iterator[Job]:
        """All jobs that are not folded."""
        yield from (job for job in self._whole.values() if isinstance(job, Job))
        yield from self._short.values()
        yield from self._unnamed.values()

    def never_seen(self) -> Iterator[str]:
        """Ids that were submitted and that no line may have spoken of, in published order."""
        for key in self._store.unseen() if self._store is not None else self.submitted or ():
            if key not in self._whole and key not in self._spared:
                yield show_id(key)

    def find(self, job_id: JobId, stream: Stream) -> Job | None:
        """The job that is meant, made where it is new; None where several may be."""
        if job_id.whole:
            return self._find_whole(job_id.key)
        candidates = self._candidates(job_id.key)
        if len(candidates) > 1:
            here = [key for key in candidates if self._is_open(key, stream)]
            if len(here) != 1:
                self._spare(candidates)
                return None
            candidates = here
        return self._take(candidates[0], job_id.key) if candidates else self._new_short(job_id.key)

    def find_faulty(
        self, text: str, job_id: JobId | None, stream: Stream, line: int
    ) -> tuple[Job, str | None]:
        """The job of a line that does not parse: named by its id, by what is left of it, or by
        nothing.

        With it the handle under which ``adopt`` finds it again, where no id named it.
        """
        rest = leading_key(text)
        if job_id is None and rest is not None and len(rest) >= SHORTEST:
            job_id = JobId(rest, False)
        was_ambiguous = self.ambiguous
        job = self.find(job_id, stream) if job_id else None
        self.ambiguous = was_ambiguous  # the line breaks a rule: the verdict is false anyway
        if job is not None:
            if len(job.key) < WHOLE and not job.steps and job.name is None:
                job.name = text[:_LONGEST_NAME]
            return job, None
        name = text[:_LONGEST_NAME]
        handle = name or f"line {line if len(self._unnamed) < _MOST_UNNAMED else 0}"
        job = self._unnamed.setdefault(handle, Job("", name))
        return job, handle

    def adopt(self, job_id: JobId, stream: Stream) -> None:
        """A status line right after a receipt that was cut within its id tells whose receipt it
        was.
        """
        if stream.cut is None:
            return
        rest, handle = stream.cut
        known = self._knows(job_id.key) if job_id.whole else bool(self._candidates(job_id.key))
        if known or not job_id.key.startswith(rest):
            return
        stream.cut = None
        self._name(handle, job_id.key)

    def adopt_submitted(self) -> None:
        """At the end: a cut id that only one submitted job can have is that job's."""
        cut = {handle: leading_key(handle) for handle in self._unnamed}
        if not self.submitted or not any(cut.values()):
            return
        unseen = sorted(key for key in self.submitted if not self._knows(key))
        for handle, rest in cut.items():
            if not rest:
                continue
            start = bisect_left(unseen, rest)
            if bisect_right(unseen, rest + "g", start) - start == 1:
                self._name(handle, unseen.pop(start))

    def _name(self, handle: str, key: str) -> None:
        job = self._unnamed.pop(handle)
        job.key, job.name = key, None
        if len(key) == WHOLE:
            self._keep(job)
        else:
            self._keep_short(job)

    def _knows(self, key: str) -> bool:
        return key in self._whole or (self._store is not None and self._store.get(key) is not None)

    def _find_whole(self, key: str) -> Job:
        known = self._whole.get(key)
        if known is None and self._store is not None:
            known = self._store.get(key)
            self._fetched += known is not None
        if isinstance(known, Done):
            known = Job.revived(key, known)
            if key not in self._whole:
                self._keep(known)
            self._whole[key] = known
        if known is not None:
            return known
        if self._short:
            for length in range(SHORTEST, WHOLE):
                if job := self._short.get(key[:length]):
                    self._drop_short(job)
                    job.key = key
                    self._keep(job)
                    return job
        job = Job(key)
        self._keep(job)
        return job

    def _keep(self, job: Job) -> None:
        self._whole[job.key] = job
        if self._store is not None:
            self._store.note(job.key)
        if self._index is not None:
            self._index.setdefault(job.key[:SHORTEST], []).append(job.key)

    def _new_short(self, key: str) -> Job:
        job = Job(key)
        self._keep_short(job)
        return job

    def _keep_short(self, job: Job) -> None:
        self._short[job.key] = job
        self._short_index.setdefault(job.key[:SHORTEST], {})[job.key] = None

    def _drop_short(self, job: Job) -> None:
        del self._short[job.key]
        self._short_index[job.key[:SHORTEST]].pop(job.key, None)

    def _take(self, chosen: str, asked: str) -> Job:
        if len(chosen) == WHOLE:
            return self._find_whole(chosen)
        job = self._short[chosen]
        if len(asked) > len(chosen):
            self._drop_short(job)
            job.key = asked
            self._keep_short(job)
        return job

    def _candidates(self, prefix: str) -> list[str]:
        """Keys of all jobs that ``prefix`` may mean."""
        if self._index is None:
            self._index = _by_beginning(self._whole)
        head = prefix[:SHORTEST]
        keys = dict.fromkeys(self._index.get(head, ()))
        if self._store is not None:
            keys.update(dict.fromkeys(self._store.beginning(head)))
        if self.submitted is not None:
            keys.update(dict.fromkeys(self.submitted.beginning(head)))
        keys.update(self._short_index.get(head, {}))
        return [key for key in keys if key.startswith(prefix) or prefix.startswith(key)]

    def _is_open(self, key: str, stream: Stream) -> bool:
        job = self._whole.get(key) or self._short.get(key)
        return (
            isinstance(job, Job) and not job.final and job.streams.get(stream.name) == stream.starts
        )

    def _spare(self, candidates: list[str]) -> None:
        self.ambiguous = True
        for key in candidates:
            job = self._whole.get(key) or self._short.get(key)
            if job is None:
                self._spared.add(key)
            elif isinstance(job, Job):
                job.shielded = True


def _by_beginning(keys: Iterable[str]) -> dict[str, list[str]]:
    index: dict[str, list[str]] = {}
    for key in keys:
        index.setdefault(key[:SHORTEST], []).append(key)
    return index
