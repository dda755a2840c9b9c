"""The cluster as the machines that grade: each attempt is a Dask task, and goes to another
machine when one is lost.
"""

import threading
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from harness.cli.attempt import LONGEST_WORK, SuiteAttempt
from harness.cli.batch import BatchTask
from harness.cli.cluster.on_machine import MachineAnswer, WorkOrder, grade_there
from harness.cli.cluster.pack import TooLarge, pack_work, unpack_results
from harness.cli.cluster.roster import ENGINE, Roster
from harness.intake.errors import Refused
from harness.texts import say

if TYPE_CHECKING:
    from distributed import Client, Future

_MOST_LOST = 4  #: machines that one work may use up
_GRACE_S = 90.0  #: past a work's deadline: to clean up, and to send what was seen
_LOOK_S = 0.25
_ASK_S = 30.0

OnCheck = Callable[[int, str], None]


@dataclass(slots=True, kw_only=True)
class SentWork:
    """A task under way."""

    future: "Future[MachineAnswer]"
    on_check: OnCheck
    machine: str = ""  #: who runs it; "" before it began
    began: float = 0.0


@dataclass(slots=True, kw_only=True)
class GradingCluster:
    """Machines behind a Dask scheduler."""

    client: "Client"
    asked: WorkOrder
    roster: Roster
    grace_s: float = _GRACE_S
    at_once: int = 64  #: no classroom's cluster has more slots; none waits but for a slot
    _failed: dict[str, Counter[str]] = field(default_factory=dict)  #: by work: who failed it
    _sent: dict[str, SentWork] = field(default_factory=dict)
    _number: int = 0
    _over: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def deadline_s(self) -> float:
        """As ``Machines.deadline_s``."""
        return self.asked.deadline_s

    def listen(self) -> None:
        """Hear how the works go on."""
        self.client.subscribe_topic(self.asked.topic, self._on_event)

    def attempt(self, task: BatchTask, on_check: OnCheck) -> SuiteAttempt:
        """As ``Machines.attempt``: one machine's word. A machine that is lost on the way is no
        attempt.
        """
        failed = self._failed.setdefault(task.name, Counter())
        for _ in range(_MOST_LOST):
            with self.roster.slot(failed) as machines:
                if not machines or self._over:
                    break
                try:
                    attempt = self._given(task, machines, on_check, failed)
                except TooLarge as error:
                    return SuiteAttempt(problem=say("cluster.too-large", size=error))
            if attempt is not None:
                return attempt
        reasons = sorted(set(self.roster.out.values())) or [say("cluster.lost")]
        return SuiteAttempt(problem=say("cluster.no-machine", reason="; ".join(reasons)))

    def interrupt(self) -> None:
        """As ``Machines.interrupt``: the machines notice that nobody waits for their works."""
        with self._lock:
            self._over = True
            sent = list(self._sent.values())
        self.roster.close()
        for work in sent:
            work.future.cancel()

    def _given(
        self, task: BatchTask, machines: list[str], on_check: OnCheck, failed: Counter[str]
    ) -> SuiteAttempt | None:
        """One task, waited for; None where its machine was lost, or nobody wants it any more."""
        key, sent = self._submitted(task, machines, on_check)
        try:
            answer = self._awaited(sent, machines)
        finally:
            with self._lock:
                self._sent.pop(key, None)
        if self._over:
            return None
        # Also where it answers: an attempt is made again only for the grader's own fault.
        failed[sent.machine] += 1
        if answer is None:
            return None
        if answer.void:
            self.roster.put_out(sent.machine, answer.void)
            return None
        try:
            unpack_results(answer.results, task.place)
        except Refused as refused:  # the work wrote them: no other machine would bring better
            (task.place / "verdict.json").unlink(missing_ok=True)
            reason = say(f"intake.{refused.reason}", **refused.facts)
            return SuiteAttempt(problem=say("cluster.bad-results", reason=reason))
        return SuiteAttempt(late=answer.late, seconds=answer.seconds)

    def _submitted(
        self, task: BatchTask, machines: list[str], on_check: OnCheck
    ) -> tuple[str, SentWork]:
        packed = pack_work(task.folder)
        with self._lock:
            self._number += 1
            key = f"{self.asked.topic}-{self._number}"
            future = self.client.submit(
                grade_there,
                packed,
                task.folder.name,
                task.content,
                self.asked,
                key,
                key=key,
                workers=machines,
                resources={ENGINE: 1},
                pure=False,
            )
            self._sent[key] = sent = SentWork(future=future, on_check=on_check)
        return key, sent

    def _awaited(self, sent: SentWork, machines: Collection[str]) -> MachineAnswer | None:
        """None where it cannot come any more: its machine died, or has been silent for too long;
        or where nobody waits for it.
        """
        pause = threading.Event()
        limit_s = self.deadline_s * LONGEST_WORK + self.grace_s  # that machine may be a busy one
        while not sent.future.done():
            if self._over:  # also of a task that was sent while the others were cancelled
                sent.future.cancel()
                return None
            hangs = bool(sent.began) and monotonic() - sent.began > limit_s
            if hangs:
                self.roster.put_out(sent.machine, say("cluster.hangs"))
            if hangs or not set(machines) & set(self.roster.connected()):
                sent.future.cancel()
                return None
            pause.wait(_LOOK_S)
        try:
            answer: MachineAnswer = sent.future.result(timeout=_ASK_S)
        except Exception as error:  # noqa: BLE001 - whatever it died of there, another machine may not
            if not self._over:
                self.roster.put_out(sent.machine, f"{type(error).__name__}: {error}"[:300])
            return None
        return answer

    def _on_event(self, event: tuple[float, dict[str, Any]]) -> None:
        """A machine tells how far it is. The first word of another machine: Dask gave the work
        there.
        """
        facts = event[1]
        with self._lock:
            sent = self._sent.get(facts["key"])
        if sent is None:
            return
        if facts["machine"] != sent.machine:
            sent.machine, sent.began = facts["machine"], monotonic()
        sent.on_check(int(facts["checks"]), self.roster.name(sent.machine))
