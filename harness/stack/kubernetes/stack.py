"""The lab in a cluster, as a run of its own: a namespace that is made for it, and gone with it."""

import secrets
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.home import HOME
from harness.stack.base import SERVICES, Progress
from harness.stack.errors import StackError
from harness.stack.kubernetes import images, removal, volumes
from harness.stack.kubernetes.door import Cluster, ObjectGone
from harness.stack.kubernetes.facts import claim_of, pressed, trouble
from harness.stack.kubernetes.lab import KubernetesLab
from harness.stack.kubernetes.manifests import claims_of, for_run, read_base
from harness.stack.kubernetes.scaling import start_scaler
from harness.stack.leftovers import owner
from harness.stack.ready import answers_health
from harness.stack.reaper import Reaper
from harness.stack.waiting import until

LAB = HOME
NAMESPACE = "lab6"  #: of the lab as it stands; an isolated run adds its id
_UP_S = 240.0  #: a cluster fetches images at its first start


def _silent(_: str) -> None:
    return


class KubernetesStack(KubernetesLab):
    """``lab`` holds the services; ``port`` is the api's on this machine, a free one if it is
    not given.
    """

    def __init__(
        self,
        *,
        isolated: bool = True,
        lab: Path = LAB,
        port: int = 0,
        context: str | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self._run = secrets.token_hex(4)
        super().__init__(Cluster(context), f"{NAMESPACE}-{self._run}" if isolated else NAMESPACE)
        self._isolated, self._lab, self._wanted_port = isolated, lab.resolve(), port
        self._settings = settings or {}
        self._images = images.image_names(self._run if isolated else "up")
        self._reaper: Reaper | None = None
        self._begun = False

    def up(self, progress: Progress = _silent) -> None:
        """As ``Stack.up``. ``StackError``: what the cluster lacks or refuses (``kube-…``),
        ``build-failed``.
        """
        if self._begun:
            return
        self._check()
        removal.remove_leftovers(self.cluster)
        self._begun = True
        try:
            self._reap()
            if images.are_built(self._images):
                progress("build")
                images.build(self._lab, self._images, progress)
                progress("load")
                images.hand_over(self.cluster.context, self._images)
            progress("start")
            self._create()
            self._watch()
            progress("wait-api")
            until(self._is_healthy, deadline_s=_UP_S, what="GET /health", interval_s=0.2)
        except BaseException:
            self.down()
            raise

    def down(self) -> None:
        """As ``Stack.down``. A cluster that is silent keeps the namespace: ``kube-left`` says
        which.
        """
        self.close()
        if not self._begun and self._isolated:
            return
        try:
            removal.remove(self.cluster, self.name)
        except StackError as error:
            reason = error.facts.get("reason", error.reference)
            facts = {"context": self.cluster.context, "namespace": self.name, "reason": reason}
            raise StackError("kube-left", **facts) from error
        finally:
            if images.are_built(self._images):
                images.take_away(self.cluster.context, self._images)
            if self._reaper is not None:
                self._reaper.done()
                self._reaper = None
            self._begun = False

    def autoscale(self, **settings: str) -> None:
        """From now on the queue's length decides how many workers there are (``MOST_WORKERS``,
        ``JOBS_PER_WORKER``, ``QUIET_SECONDS``)."""
        start_scaler(self, self._images["worker"], settings)

    def remove_with(self, folder: Path) -> None:
        """As ``OwnStack.remove_with``."""
        if self._reaper is not None:
            self._reaper.folder(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.down()

    def _check(self) -> None:
        """Before anything is built: may we, can it, is it free?"""
        if not self.cluster.may("create", "namespaces"):
            raise StackError(
                "kube-forbidden", context=self.cluster.context, reason="create namespaces"
            )
        if self.cluster.may("list", "nodes"):  # who may see none cannot know
            reason = pressed(self.cluster.ask(self.cluster.core.list_node).items)
            if reason is not None:
                raise StackError("kube-pressure", reason=reason)
        if removal.exists(self.cluster, self.name):
            raise StackError(
                "kube-namespace-taken", context=self.cluster.context, namespace=self.name
            )

    def _reap(self) -> None:
        """Somebody who takes the run down should this process be killed."""
        if not self._isolated:
            return
        self._reaper = Reaper()
        pairs = [
            f"{service}={image}" for service, image in self._images.items() if "/" not in image
        ]
        module = "harness.stack.kubernetes.removal"
        where = [self.cluster.context, self.name]
        self._reaper.command([sys.executable, "-m", module, *where, *pairs])

    def _create(self) -> None:
        cluster = self.cluster
        kind = volumes.storage_class(cluster)
        things = for_run(
            read_base(),
            namespace=self.name,
            run=self._run,
            owner=owner() if self._isolated else None,
            images=self._images,
            settings=self._settings,
            storage_class=kind,
        )
        for thing in things:
            try:
                cluster.create(thing)
            except ObjectGone:
                if (
                    thing["kind"] != "PodDisruptionBudget"
                ):  # older than 1.21: only drains would miss it
                    raise
            if thing["kind"] == "Namespace" and kind == "":
                volumes.make_folders(cluster, self.name, self._run, claims_of(things))

    def _watch(self) -> None:
        """Keep every log from its beginning, and open the ways to the servers."""
        for service in SERVICES:
            self.kept_logs(service)
        self._forwards["api"] = self._forward("api", self._wanted_port)

    def _is_healthy(self) -> bool:
        pods = [pod for service in SERVICES for pod in self._staying(service)]
        listed = self.cluster.ask(
            self.cluster.core.list_namespaced_persistent_volume_claim, self.name
        )
        if (failure := trouble(pods, map(claim_of, listed.items))) is not None:
            raise failure
        self._must_come(pods)
        ready = {pod.service for pod in pods if pod.ready}
        return ready == set(SERVICES) and answers_health(self.url)
