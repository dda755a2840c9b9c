"""The faults of a cluster: containers that are killed, pods that are replaced, rollouts, scaling,
all at once.

No failpoints here: what strikes is what a cluster does to its pods by itself. A pod of PostgreSQL
or Redis is never deleted without grace: two servers on one folder would be the fault of whoever did
it, not the lab's.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from types import MappingProxyType
from typing import cast

from bench.faults_nemesis import Nemesis
from harness.stack.base import SERVICES
from harness.stack.errors import StackError
from harness.stack.kubernetes.lab import KubernetesLab

_AT_ONCE = 4  #: faults of one moment


class ClusterNemesis(Nemesis):
    """Faults for a lab in a cluster. Mended is waiting: the cluster starts everything anew by
    itself.
    """

    @property
    def lab(self) -> KubernetesLab:
        """The same lab, for what only a cluster can do to it."""
        return cast(KubernetesLab, self.stack)

    def inject(self, name: str) -> bool:
        """Do it, and wait until the cluster has mended it."""
        try:
            return CLUSTER_FAULTS[name](self)
        finally:
            self.heal()

    def heal(self) -> None:
        """Wait until every service runs; a pod that its node hesitates to start again is
        replaced.
        """
        for service in SERVICES:
            states = [state.status for state in self.stack.state(service)]
            if "paused" in states:
                self.stack.unpause(service)
            if not states or "exited" in states:
                with suppress(StackError):  # another look follows
                    self.stack.start(service)

    def container_killed(self, service: str) -> bool:
        """SIGKILL within each of its pods, at a random moment."""
        self.soon()
        self.stack.kill(service)
        return True

    def deleted(self, service: str, grace_s: int | None = None) -> bool:
        """Its pods deleted, at a random moment; back when others have taken their places."""
        self.soon()
        self.lab.delete(service, grace_s=grace_s)
        self.stack.start(service)
        return True

    def rolled_out(self, service: str) -> bool:
        """Every pod replaced by a new one, as with a new image."""
        self.soon()
        self.lab.roll_out(service)
        return True

    def up_and_down(self) -> bool:
        """One worker, four, one."""
        for count in (4, 1):
            self.soon()
            self.stack.scale("worker", count)
        return True

    def at_once(self) -> bool:
        """Several in the same moment."""
        names = self._rng.sample(sorted(CLUSTER_FAULTS.keys() - {"all at once"}), _AT_ONCE)
        done: list[bool] = []

        def strike(name: str) -> None:
            with suppress(Exception):  # one of them may find its victim gone already
                done.append(CLUSTER_FAULTS[name](self))

        strikes = [threading.Thread(target=strike, args=(name,)) for name in names]
        for thread in strikes:
            thread.start()
        for thread in strikes:
            thread.join()
        return any(done)


def _faults() -> dict[str, Callable[[ClusterNemesis], bool]]:
    faults: dict[str, Callable[[ClusterNemesis], bool]] = {}
    for service in SERVICES:
        faults[f"{service} container killed"] = partial(
            ClusterNemesis.container_killed, service=service
        )
        faults[f"{service} pod replaced"] = partial(ClusterNemesis.deleted, service=service)
    for service in ("api", "worker"):
        faults[f"{service} pod deleted without grace"] = partial(
            ClusterNemesis.deleted, service=service, grace_s=0
        )
        faults[f"rollout of {service}"] = partial(ClusterNemesis.rolled_out, service=service)
    return faults | {
        "workers 1, 4, 1": ClusterNemesis.up_and_down,
        "workers frozen past the lease": lambda nemesis: nemesis.paused(
            "worker", nemesis.lease_s + 0.5
        ),
        "redis flushed": lambda nemesis: nemesis.redis_told("FLUSHALL"),
        "redis connections cut": lambda nemesis: nemesis.redis_told(
            "CLIENT", "KILL", "TYPE", "normal"
        ),
        "PostgreSQL connections cut": ClusterNemesis.postgres_cut,
        "delivered five times more": lambda nemesis: nemesis.delivered_again(5),
        "malformed messages": ClusterNemesis.rubbish,
        "all at once": ClusterNemesis.at_once,
    }


CLUSTER_FAULTS: Mapping[str, Callable[[ClusterNemesis], bool]] = MappingProxyType(_faults())
