"""The log witness: follows a service's log in a thread of its own and keeps its events.

Who waits for an event is woken by it; nobody polls. A follower that lost the log raises
``WitnessError("log-lost")`` in the thread that waits: an event not seen then is unknown, not
absent.
"""

import threading
from collections.abc import Callable, Collection
from functools import partial
from types import TracebackType
from typing import Self

from harness.lateness import fair_now
from harness.stack.base import Stack
from harness.trace import Event, Judge, Kind, Profile, lab_profile
from harness.witness.errors import WaitTimeoutError, WitnessError

_FINAL = (Kind.COMPLETED, Kind.FAILED)
_LOOK_S = 2.0  #: after so long a silence, see whether the service still lives
_LEAST_S = 0.05  #: of a wait: the fair clock comes nearer to a deadline more slowly than the wall's
_CLOSING_S = 2.0  #: for a thread whose source was closed under it


class LogFollower:
    """A service's log, live. ``on_event`` is called in the follower's thread for every event."""

    def __init__(
        self,
        stack: Stack,
        service: str = "worker",
        *,
        profile: Profile | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        self.service = service
        self._stack = stack
        self._judge = Judge(profile or lab_profile())
        self._on_event = on_event
        self._news = threading.Condition()
        self._events: list[Event] = []
        self._final: set[str] = set()
        self._lines = 0
        self._told: set[tuple[str, Kind]] = set()  # what was said of which job
        self._ended = False
        self._closing = False
        self._lost: Exception | None = None
        self._source = stack.logs(service, follow=True, timestamps=True)
        self._thread = threading.Thread(target=self._follow, name=f"log-{service}", daemon=True)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event so far, in the log's order."""
        with self._news:
            return tuple(self._events)

    @property
    def lines(self) -> int:
        """How many lines were read so far, also those that are no events."""
        with self._news:
            return self._lines

    def events_of(self, job_id: str) -> tuple[Event, ...]:
        """The events of one job so far."""
        return tuple(event for event in self.events if event.job_id == job_id.lower())

    def wait_until_final(
        self,
        job_ids: Collection[str],
        *,
        quiet_s: float = 30.0,
        deadline_s: float = 600.0,
        idle: Callable[[], bool] = lambda: False,
        idle_s: float = 8.0,
    ) -> None:
        """Wait until each of these jobs has a final event.

        ``WaitTimeoutError`` when the log says nothing new of any job for ``quiet_s`` (the time
        starts anew with each such line: a slow machine is no fault), when nobody is left who could
        write it, when ``idle`` (nobody has anything to do) has held for ``idle_s`` of silence, or
        at ``deadline_s``.
        """
        wanted = {job_id.lower() for job_id in job_ids}
        end = fair_now() + deadline_s
        quiet_end = fair_now() + quiet_s
        idle_end = fair_now() + idle_s
        count = len(self._told)
        while missing := self._missing(wanted):
            lines = self.lines
            came = self._await_news(lines, min(_LOOK_S, quiet_end - fair_now()))
            if came or not idle():
                idle_end = fair_now() + idle_s
            if len(self._told) > count:
                count, quiet_end = len(self._told), fair_now() + quiet_s
            gone = (self._ended or not (came or self._alive())) and self.lines == lines
            if gone or fair_now() > min(end, quiet_end, idle_end):
                self._give_up(f"{missing[0]} (+{len(missing) - 1})", min(quiet_s, deadline_s))

    def close(self) -> None:
        """Stop following. A second call does nothing.

        A plain generator that is just being read in the other thread cannot be closed from here:
        that thread is a daemon, and ends with the next line or with its stack.
        """
        self._closing = True
        try:
            self._source.close()  # type: ignore[attr-defined]
        except (AttributeError, ValueError):
            return
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(_CLOSING_S)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _follow(self) -> None:
        try:
            for raw in self._source:
                if self._closing:
                    break
                self._take(raw)
        except Exception as error:  # noqa: BLE001 - kept, and raised in the thread that waits
            self._lost = error
        finally:
            with self._news:
                self._ended = True
                self._news.notify_all()

    def _take(self, raw: bytes) -> None:
        event = self._judge.feed(raw).event
        if event is not None and self._on_event is not None:
            self._on_event(event)
        with self._news:
            self._lines += 1
            if event is not None:
                self._events.append(event)
                if event.job_id is not None:
                    self._told.add((event.job_id, event.kind))
                if event.kind in _FINAL and event.job_id:
                    self._final.add(event.job_id)
            self._news.notify_all()

    def _missing(self, wanted: set[str]) -> list[str]:
        with self._news:
            return sorted(wanted - self._final)

    def _await_news(self, seen: int, seconds: float) -> bool:
        with self._news:
            return self._news.wait_for(partial(self._stirred, seen), max(seconds, _LEAST_S))

    def _alive(self) -> bool:
        """Whether any replica could still write to the log."""
        return any(state.status != "exited" for state in self._stack.state(self.service))

    def _stirred(self, seen: int) -> bool:
        return self._ended or self._lines > seen

    def _give_up(self, what: str, seconds: float) -> None:
        if self._lost is not None and not self._closing:
            raise WitnessError(
                "log-lost", service=self.service, reason=str(self._lost)
            ) from self._lost
        raise WaitTimeoutError(
            "log-silent", service=self.service, what=what, seconds=round(seconds)
        )
