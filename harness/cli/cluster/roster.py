"""Which machines there are, which can grade, and which slots are free.

Dask chooses among the machines that may have a work; who may is decided here: not one that was
found unfit, and not one that has failed this work while another has not.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any

from harness.cli.cluster.fitness import Kit, unfit
from harness.texts import say

if TYPE_CHECKING:
    from distributed import Client

ENGINE = "engine"  #: the resource of which every machine has as many as slots
_LOOK_S = 0.5
_ASK_AGAIN_S = 5.0
_SILENT_S = 20.0  #: a busy scheduler may be; longer, and it is gone
_SCHEDULER_S = 5.0  #: for one answer of the scheduler
_ANSWER_S = 45.0  #: for a machine's: it asks its Engine


@dataclass(slots=True, kw_only=True)
class Roster:
    """The machines of a cluster. ``on_told`` hears what becomes of them."""

    client: "Client"
    runtime: str
    kit: Kit
    on_told: Callable[[str], None]
    patience_s: float = 60.0  #: for some machine to be there
    out: dict[str, str] = field(default_factory=dict)  #: machines that cannot, and why
    _names: dict[str, str] = field(default_factory=dict)
    _known: dict[str, Any] = field(default_factory=dict)
    _known_at: float = float("-inf")
    _asked_at: float = float("-inf")
    _taken: int = 0
    _over: bool = False
    _room: threading.Condition = field(default_factory=threading.Condition)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def connected(self) -> dict[str, Any]:
        """What Dask tells of each, by address; nothing where the scheduler does not answer."""
        with self._lock:
            if monotonic() - self._known_at > _LOOK_S:
                self._look()
            return {
                machine: facts
                for machine, facts in self._known.items()
                if ENGINE in facts["resources"]
            }

    def name(self, machine: str) -> str:
        """What people call it."""
        return self._names.get(machine, machine)

    def fit(self) -> dict[str, int]:
        """Slots of those that can grade, by address."""
        machines = self.connected().items()
        return {
            machine: int(facts["resources"][ENGINE])
            for machine, facts in machines
            if machine not in self.out
        }

    def put_out(self, machine: str, reason: str) -> None:
        """It is given nothing more until it is asked again."""
        if machine and machine not in self.out:
            self.out[machine] = reason
            self.on_told(say("cluster.out", machine=self.name(machine), reason=reason))

    def ask(self, machines: Collection[str]) -> None:
        """Ask them whether they are fit: who is not stays out, who is again is back."""
        present = [machine for machine in machines if machine in self.connected()]
        if not present:
            return
        reasons: dict[str, str] = self.client.sync(self._answers, present)
        for machine, reason in reasons.items():
            if reason:
                self.put_out(machine, reason)
            else:
                self.out.pop(machine, None)

    async def _answers(self, machines: Collection[str]) -> dict[str, str]:
        """By machine why it is unfit, "" where it is not; nothing once nobody waits for it.

        Each is asked on its own, so that one that hangs keeps no other's answer.
        """
        asked = {machine: asyncio.ensure_future(self._answer(machine)) for machine in machines}
        end = monotonic() + _ANSWER_S
        while not self._over and monotonic() < end:
            if not (await asyncio.wait(asked.values(), timeout=_LOOK_S))[1]:
                break
        late = {
            machine for machine, answer in asked.items() if not answer.done() and answer.cancel()
        }
        if self._over:
            return {}
        return {
            machine: say("cluster.silent") if machine in late else answer.result()
            for machine, answer in asked.items()
        }

    async def _answer(self, machine: str) -> str:
        try:
            answers = await self.client.run(
                unfit, self.runtime, self.kit, workers=[machine], on_error="return"
            )
        except Exception as error:  # noqa: BLE001 - whatever it is of another machine
            return f"{type(error).__name__}: {error}"[:300]
        # A machine that has gone meanwhile is in no answer.
        return str(answers.get(machine, say("cluster.silent")))

    def _look(self) -> None:
        """What was known stays so for a while where the scheduler does not answer: it may only
        be busy.
        """
        try:
            # Not `scheduler_info`: the client's own clock overwrites that with one without workers.
            identity = self.client.sync(
                self.client.scheduler.identity, n_workers=-1, callback_timeout=_SCHEDULER_S
            )
        except (OSError, TimeoutError):
            if monotonic() - self._known_at > _SILENT_S:
                self._known = {}
            return
        self._known, self._known_at = dict(identity["workers"]), monotonic()
        self._names |= {machine: str(facts["name"]) for machine, facts in self._known.items()}

    @contextmanager
    def slot(self, failed: Counter[str]) -> Iterator[list[str]]:
        """A slot held, and who may have the work; nobody where no machine was there in all the
        time of patience.
        """
        fit = self._awaited_room()
        least = min((failed[machine] for machine in fit), default=0)
        try:
            yield [machine for machine in fit if failed[machine] == least]
        finally:
            with self._room:
                self._taken -= 1
                self._room.notify_all()

    def close(self) -> None:
        """Nobody waits for a slot any more."""
        with self._room:
            self._over = True
            self._room.notify_all()

    def _awaited_room(self) -> list[str]:
        """Whoever is asked is asked without ``_room`` held: others wait for it, and Ctrl-C."""
        end = monotonic() + self.patience_s
        while not self._over:
            fit = self.fit()
            if self._take(below=sum(fit.values())):
                return list(fit)
            if fit:
                end = monotonic() + self.patience_s
            elif monotonic() > end:
                break
            elif self._is_time_to_ask():
                self.ask(list(self.out))
            with self._room:
                if not self._over:
                    self._room.wait(_LOOK_S)
        with self._room:
            self._taken += 1
        return []

    def _take(self, *, below: int) -> bool:
        """A slot, if fewer than ``below`` are taken."""
        with self._room:
            free = self._taken < below
            self._taken += free
        return free

    def _is_time_to_ask(self) -> bool:
        """For one of those who wait, once in a while."""
        with self._room:
            if monotonic() - self._asked_at < _ASK_AGAIN_S:
                return False
            self._asked_at = monotonic()
            return True
