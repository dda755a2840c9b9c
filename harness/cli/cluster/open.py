"""A cluster opened for one run: connected, its machines compared with this one, its page told."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.cluster.dispatch import GradingCluster
from harness.cli.cluster.fitness import this_kit
from harness.cli.cluster.on_machine import WorkOrder
from harness.cli.cluster.pack import pack_work
from harness.cli.cluster.roster import Roster
from harness.cli.problems import UsageProblem
from harness.texts import say

if TYPE_CHECKING:
    from distributed import Client
    from distributed.security import Security

_CONNECT_S = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRun:
    """Which cluster, and what works are graded by there."""

    address: str
    security: "Security | None"
    runtime: str
    seed: int | None
    profile: Path | None
    assignment: Path | None  #: another lab's folder, which travels with every work
    on_told: Callable[[str], None]

    @contextmanager
    def opened(self, deadline_s: float) -> Iterator[GradingCluster]:
        """``UsageProblem``: ``cluster-silent``, ``cluster-empty``."""
        with self._client() as client:
            kit = this_kit(self.runtime)
            roster = Roster(client=client, runtime=self.runtime, kit=kit, on_told=self.on_told)
            asked = WorkOrder(
                runtime=self.runtime,
                seed=self.seed,
                profile=self.profile.read_bytes() if self.profile else None,
                assignment=pack_work(self.assignment) if self.assignment else None,
                deadline_s=deadline_s,
                kit=kit,
                topic=f"lab6-{secrets.token_hex(4)}",
            )
            cluster = GradingCluster(client=client, asked=asked, roster=roster)
            self._compare(client, roster)
            cluster.listen()
            yield cluster

    def _compare(self, client: "Client", roster: Roster) -> None:
        """Before the first task: who has another kit or no Engine is left out, by name."""
        roster.ask(list(roster.connected()))
        fit = roster.fit()
        if not fit:
            reason = "; ".join(sorted(set(roster.out.values()))) or say("cluster.nobody")
            raise UsageProblem("cluster-empty", address=self.address, reason=reason)
        names = ", ".join(sorted(roster.name(machine) for machine in fit))
        self.on_told(say("cluster.fit", machines=names, slots=sum(fit.values())))
        if page := _dashboard(client):
            self.on_told(say("cluster.dashboard", address=page))

    @contextmanager
    def _client(self) -> "Iterator[Client]":
        import dask
        from distributed import Client

        # A work of many megabytes is what is meant to be sent.
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
            try:
                client = Client(self.address, security=self.security, timeout=_CONNECT_S)
            except (OSError, TimeoutError) as error:
                raise UsageProblem("cluster-silent", address=self.address) from error
            with client:
                yield client


def _dashboard(client: "Client") -> str:
    """The address of Dask's own page; "" where the scheduler has no bokeh to draw it."""
    from importlib.util import find_spec

    try:
        there = client.run_on_scheduler(find_spec, "bokeh")
    except Exception:  # noqa: BLE001 - of another machine; without a page everything else works
        return ""
    return str(client.dashboard_link) if there else ""
