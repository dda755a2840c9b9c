"""A log in which each of the eleven rules is broken, and what a judge must find in it: no more, no
less.
"""

import random
import uuid
from collections.abc import Iterator

from bench.verify_run import ACTIONS

_WAYS = 12  #: the rules, and an id that was cut short, which breaks none

Broken = set[tuple[str, str]]
"""Rule and job id of each violation."""


class Breaks:
    """Jobs' lines, some of them broken; ``expected`` fills as they are made."""

    def __init__(self, rnd: random.Random, share: float) -> None:
        self._rnd = rnd
        self._share = share
        self._turn = 0
        self.expected: Broken = set()

    def lines(self, ids: Iterator[str]) -> list[str] | None:
        """What one worker writes of its next job, or of the next two; None where none is left."""
        job = next(ids, None)
        if job is None:
            return None
        lines = self._lines(job)
        if self._rnd.random() >= self._share:
            return lines
        self._turn += 1
        return self._broken(self._turn % _WAYS, job, lines, ids)

    def _broken(self, way: int, job: str, lines: list[str], ids: Iterator[str]) -> list[str]:
        received, processing, completed = lines
        if way in (9, 10):
            return self._of_two(way, job, lines, ids)
        if way == 8:
            ghost = str(uuid.UUID(int=self._rnd.getrandbits(128), version=4))
            self.expected.add(("phantom", ghost))
            return [*lines, *self._lines(ghost)]
        if way == 11:
            return [received, processing.replace(job, f"{job[:8]}..."), completed]
        failed = f"worker/main.py:95: Job {job} FAILED. Error: disk full"
        rule, made = (
            ("order", [processing, received, completed]),
            ("missing-step", [received, completed]),
            ("duplicate", [*lines, completed]),
            ("conflict", [*lines, failed]),
            ("unfinished", [received, processing]),
            ("lost", []),
            ("malformed", [received.partition("|")[0], processing, completed]),
            ("result-path", [received, processing, completed.replace("./storage", "/etc")]),
        )[way]
        self.expected.add((rule, job))
        return made

    def _of_two(self, way: int, job: str, lines: list[str], ids: Iterator[str]) -> list[str]:
        other = next(ids, None)
        if other is None:
            return lines
        if way == 9:
            self.expected.add(("fifo", job))
            return [*self._lines(other), *lines]
        self.expected.add(("overlap", other))
        theirs = self._lines(other)
        return [*lines[:2], *theirs[:2], lines[2], theirs[2]]

    def _lines(self, job: str) -> list[str]:
        """The three lines of a job that goes well."""
        data = f"{job}|./storage/{job}.png|{self._rnd.choice(ACTIONS)}"
        result = f"./storage/processed_{job}.png"
        return [
            f"worker/main.py:66: Received New Event: Job Submitted. Data: {data}",
            f"worker/main.py:71: Status updated to PROCESSING for job {job}",
            f"worker/main.py:90: Job {job} COMPLETED. Result saved to: {result}",
        ]
