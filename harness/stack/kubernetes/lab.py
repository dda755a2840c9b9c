"""A lab in a namespace: asked about, and done to, by whoever named its cluster.

A container that is killed is started again by its node, after a pause that grows with every end;
``start`` does not wait for that pause but replaces the pod.
"""

import base64
import secrets
import shutil
import tempfile
import weakref
from collections.abc import Iterable
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path

from harness.stack.base import SERVICES, ServiceState
from harness.stack.errors import StackError
from harness.stack.file_logs import LogTail
from harness.stack.kubernetes.door import Cluster, ObjectGone
from harness.stack.kubernetes.facts import Pod, crashed, pod_of, trouble
from harness.stack.kubernetes.forward import Forward
from harness.stack.kubernetes.inside import run_inside
from harness.stack.kubernetes.logs import PodLogs
from harness.stack.ready import answers_http, answers_sql, redis_pid
from harness.stack.waiting import WaitTimeout, until

PORTS = {"api": 8080, "redis": 6379, "postgres": 5432}  #: within the pods
_DEPLOYED = ("api", "worker")  #: the others are StatefulSets
_READY_S = 90.0
_STOP_S = 90.0  #: longer than the worker's own grace time
_SIGNAL_S = 10.0
_KILLS, _KILLED_S = 3, 15.0  #: how often a kill is tried, and how long its effect is waited for
_MOST_WORKERS = 16
_LARGEST_FILE = 64 * 1024 * 1024
_LOOK_S = 0.1


class KubernetesLab:
    """The lab in ``namespace``; ``ports`` are those of this machine that lead to it, where they
    are known.
    """

    runtime = "kubernetes"

    def __init__(
        self, cluster: Cluster, namespace: str, *, ports: dict[str, int] | None = None
    ) -> None:
        self.cluster = cluster
        self.name = namespace
        self._ports = dict(ports or {})
        self._forwards: dict[str, Forward] = {}
        self._logs: dict[str, PodLogs] = {}
        self._log_folder: Path | None = None
        self._frozen: set[str] = set()  # containers
        self._wanted: dict[str, int] = {}  # replicas, of what is stopped
        self._down = False

    @property
    def url(self) -> str:
        """As ``Stack.url``."""
        return f"http://127.0.0.1:{self._port('api')}"

    @property
    def redis_address(self) -> tuple[str, int]:
        """As ``Stack.redis_address``."""
        return "127.0.0.1", self._port("redis")

    @property
    def redis_password(self) -> str | None:
        """As ``Stack.redis_password``."""
        return None

    @property
    def redis_user(self) -> str | None:
        """As ``Stack.redis_user``."""
        return None

    @property
    def history_dsn(self) -> str:
        """As ``Stack.history_dsn``."""
        return self.postgres_dsn

    @property
    def postgres_dsn(self) -> str:
        """As ``Stack.postgres_dsn``, by the lab's own ConfigMap and Secret."""
        settings, password = self._login
        return (
            f"host=127.0.0.1 port={self._port('postgres')} dbname={settings['PG_DBNAME']}"
            f" user={settings['PG_USER']} password={password}"
        )

    def state(self, service: str) -> tuple[ServiceState, ...]:
        """As ``Stack.state``; a pod that is being deleted is told no more."""
        pods = self._staying(service)
        return tuple(self._state_of(number, pod) for number, pod in enumerate(pods, 1))

    def logs(
        self,
        service: str,
        *,
        follow: bool = False,
        timestamps: bool = False,
        tail: int | None = None,
    ) -> LogTail:
        """As ``Stack.logs``: of every pod since this object's first look, also of those that
        are gone by now.
        """
        self._known(service)
        ended = partial(getattr, self, "_down")
        return self.kept_logs(service).lines(
            follow=follow, timestamps=timestamps, ended=ended, tail=tail
        )

    def kept_logs(self, service: str) -> PodLogs:
        """What keeps this service's logs; begun with the first call."""
        if service not in self._logs:
            if self._log_folder is None:
                self._log_folder = Path(tempfile.mkdtemp(prefix="lab6-"))
                # Who only asks for a log never closes the lab.
                weakref.finalize(self, shutil.rmtree, self._log_folder, ignore_errors=True)
            folder = self._log_folder / service
            self._logs[service] = PodLogs(self.cluster, self.name, f"app={service}", folder)
        return self._logs[service]

    def pause(self, service: str) -> None:
        """As ``Stack.pause``: SIGSTOP from within. The cluster does not know of it; a frozen pod
        stays Ready until a probe runs out of time."""
        for pod in self._running(service):
            self._signal(pod, "STOP")
            self._frozen.add(pod.container_id)

    def unpause(self, service: str) -> None:
        """As ``Stack.unpause``."""
        self._thaw(self._running(service))

    def _thaw(self, pods: Iterable[Pod]) -> None:
        """Let the frozen ones of these go on."""
        for pod in pods:
            if pod.container_id in self._frozen:
                self._signal(pod, "CONT")
                self._frozen.discard(pod.container_id)

    def stop(self, service: str) -> None:
        """As ``Stack.stop``: no replica any more. The logs that were kept stay, and so do the
        volumes.
        """
        self.unpause(service)
        now = self._replicas(service)
        if now:
            self._wanted[service] = now
        self._set_replicas(service, 0)
        until(
            lambda: not self._staying(service) and not self._running(service),
            deadline_s=_STOP_S,
            what=service,
            interval_s=_LOOK_S,
        )
        for pod in self.pods(service):  # its container has ended: nobody needs to wait for its name
            self._delete(pod, 0)

    def start(self, service: str) -> None:
        """As ``Stack.start``. A pod whose container waits before it is started again is
        replaced.
        """
        if not self._replicas(service):
            self._set_replicas(service, self._wanted.pop(service, 1))
        for pod in self._staying(service):
            if pod.waiting == "CrashLoopBackOff":
                self._delete(pod, 0)
        self._await_ready(service)

    def kill(self, service: str, replica: int | None = None) -> None:
        """SIGKILL to the container of this replica, by default of every one. Its node starts it
        again by itself; others that are frozen stay so.
        """
        numbered = enumerate(self._staying(service), 1)
        meant = [pod for number, pod in numbered if replica in (None, number)]
        self._thaw(pod for pod in meant if pod.running)
        killed = {pod.container_id for pod in meant if pod.running}

        def gone() -> bool:
            return not killed & {pod.container_id for pod in self._running(service)}

        for _ in range(_KILLS):  # a session may end without having brought the signal
            for pod in self._running(service):
                if pod.container_id in killed:
                    self._signal(pod, "KILL")
            with suppress(WaitTimeout):
                until(gone, deadline_s=_KILLED_S, what=service, interval_s=_LOOK_S)
                return
        raise StackError("timed-out", what=f"kill {service}", seconds=f"{_KILLS * _KILLED_S:g}")

    def restart(self, service: str) -> None:
        """As ``Stack.restart``."""
        self.stop(service)
        self.start(service)

    def scale(self, service: str, replicas: int) -> None:
        """As ``Stack.scale``."""
        if service != "worker" or not 0 <= replicas <= _MOST_WORKERS:
            raise StackError(
                "unsupported", what=f"scale {service}={replicas}", runtime=self.runtime
            )
        self._set_replicas(service, replicas)
        until(
            lambda: self._are_ready(service, replicas),
            deadline_s=_READY_S,
            what=service,
            interval_s=_LOOK_S,
        )

    def delete(self, service: str, *, grace_s: int | None = None) -> None:
        """Delete every pod of the service: with its own grace time, or with this one; 0 is at once.
        Others take their places; ``start`` waits for them."""
        self.unpause(service)
        for pod in self._staying(service):
            self._delete(pod, grace_s)

    def roll_out(self, service: str) -> None:
        """Replace the pods of the api or the worker one after another, as a new image does;
        waits for the end.
        """
        if service not in _DEPLOYED:
            raise StackError("unsupported", what=f"rollout {service}", runtime=self.runtime)
        before = {pod.uid for pod in self._staying(service)}
        note = {"metadata": {"annotations": {"lab6/rollout": secrets.token_hex(4)}}}
        patch = {"spec": {"template": note}}
        self.cluster.ask(self.cluster.apps.patch_namespaced_deployment, service, self.name, patch)
        until(
            lambda: not before & {pod.uid for pod in self._staying(service)},
            deadline_s=_STOP_S,
            what=f"rollout {service}",
            interval_s=_LOOK_S,
        )
        self._await_ready(service)

    def read(self, service: str, path: str) -> bytes:
        """As ``Stack.read``."""
        pods = self._running(service)
        if not pods:
            raise StackError("not-up", reason=service)
        script = f'test -f "$1" && head -c {_LARGEST_FILE + 1} -- "$1" | base64'
        command = ["sh", "-c", script, "sh", path]
        status, output = run_inside(self.cluster, self.name, pods[0].name, command)
        if status:
            raise StackError("file-missing", service=service, path=path)
        data = base64.b64decode(output)
        if len(data) > _LARGEST_FILE:
            raise StackError("file-too-large", service=service, path=path)
        return data

    def versions(self) -> dict[str, str]:
        """As ``Stack.versions``."""
        return dict(self._versions)

    def open_ports(self, **wanted: int) -> dict[str, int]:
        """Ports of this machine that lead to each service, until ``close``: those wanted, else
        free ones.
        """
        for service in PORTS:
            self._forwards[service] = self._forward(service, wanted.get(service, 0))
        return {service: forward.port for service, forward in self._forwards.items()}

    def close(self) -> None:
        """Let go of ports and logs; the lab itself stays."""
        self._down = True
        for forward in self._forwards.values():
            forward.close()
        for logs in self._logs.values():
            logs.close()
        self._forwards.clear()
        self._logs.clear()
        if self._log_folder is not None:
            shutil.rmtree(self._log_folder, ignore_errors=True)
            self._log_folder = None

    @cached_property
    def _versions(self) -> dict[str, str]:
        asked = {
            "redis": ["redis-server", "--version"],
            "postgres": ["postgres", "--version"],
            "api": ["python", "--version"],
        }
        versions = {"runtime": self.runtime, "kubernetes": self.cluster.version()}
        for service, command in asked.items():
            pods = self._running(service)
            if pods:
                _, output = run_inside(self.cluster, self.name, pods[0].name, command)
                versions[service] = output.decode("utf-8", "replace").strip().split("\n")[0][:80]
        return versions

    @cached_property
    def _login(self) -> tuple[dict[str, str], str]:
        core = self.cluster.core
        settings = self.cluster.ask(core.read_namespaced_config_map, "lab6", self.name).data
        secret = self.cluster.ask(core.read_namespaced_secret, "lab6", self.name).data
        return settings, base64.b64decode(secret["PG_PASSWORD"]).decode()

    def _port(self, service: str) -> int:
        """The port of this machine that leads to the service; opened with the first question."""
        if service in self._ports:
            return self._ports[service]
        if service not in self._forwards:
            self._forwards[service] = self._forward(service, 0)
        return self._forwards[service].port

    def _forward(self, service: str, port: int) -> Forward:
        ready = partial(self._ready_pod, service)
        return Forward(self.cluster, self.name, ready, PORTS[service], port=port)

    def _ready_pod(self, service: str) -> str | None:
        """A ready pod; else one that runs: who is not ready may still be asked why."""
        pods = [pod for pod in self._running(service) if not pod.leaving]
        ready = [pod for pod in pods if pod.ready] or pods
        return secrets.choice(ready).name if ready else None

    def pods(self, service: str) -> list[Pod]:
        """Its pods as they are now, those that are being deleted among them; the oldest first."""
        self._known(service)
        listed = self.cluster.ask(
            self.cluster.core.list_namespaced_pod, self.name, label_selector=f"app={service}"
        )
        return sorted(map(pod_of, listed.items), key=lambda pod: (pod.created, pod.name))

    def _staying(self, service: str) -> list[Pod]:
        return [pod for pod in self.pods(service) if not pod.leaving]

    def _running(self, service: str) -> list[Pod]:
        return [pod for pod in self.pods(service) if pod.running]

    def _known(self, service: str) -> None:
        if service not in SERVICES:
            raise StackError("no-service", service=service)

    def _state_of(self, number: int, pod: Pod) -> ServiceState:
        status = "paused" if pod.container_id in self._frozen else "running"
        return ServiceState(
            service=pod.service,
            replica=number,
            name=pod.name,
            status=status if pod.running else "exited",
            exit_code=None if pod.running else pod.exit_code,
            pid=None,
            health="healthy" if pod.ready else "starting",
        )

    def _signal(self, pod: Pod, name: str) -> None:
        """To every process of the container but the one that sends it; the pod's first one is
        not ours.
        """
        command = ["sh", "-c", f"kill -{name} -1"]
        try:
            run_inside(self.cluster, self.name, pod.name, command, timeout_s=_SIGNAL_S)
        except ObjectGone:
            return  # it has ended by itself
        except StackError as error:
            # The end of a killed container may not end the session within it.
            if error.reference != "timed-out" or name != "KILL":
                raise

    def _delete(self, pod: Pod, grace_s: int | None) -> None:
        grace = {} if grace_s is None else {"grace_period_seconds": grace_s}
        try:
            self.cluster.ask(self.cluster.core.delete_namespaced_pod, pod.name, self.name, **grace)
        except ObjectGone:
            return

    def _replicas(self, service: str) -> int:
        self._known(service)
        apps = self.cluster.apps
        read = (
            apps.read_namespaced_deployment_scale
            if service in _DEPLOYED
            else apps.read_namespaced_stateful_set_scale
        )
        return self.cluster.ask(read, service, self.name).spec.replicas or 0

    def _set_replicas(self, service: str, count: int) -> None:
        apps = self.cluster.apps
        patch = (
            apps.patch_namespaced_deployment_scale
            if service in _DEPLOYED
            else apps.patch_namespaced_stateful_set_scale
        )
        self.cluster.ask(patch, service, self.name, {"spec": {"replicas": count}})

    def _await_ready(self, service: str) -> None:
        until(
            lambda: self._are_ready(service, self._replicas(service)) and self._answers(service),
            deadline_s=_READY_S,
            what=service,
            interval_s=_LOOK_S,
        )

    def _are_ready(self, service: str, count: int) -> bool:
        """Whether so many pods are ready, and no other one is there. Raises what keeps them
        from it.
        """
        pods = self._staying(service)
        self._must_come(pods)
        return len(pods) == count and all(pod.ready for pod in pods)

    def _must_come(self, pods: Iterable[Pod]) -> None:
        pods = list(pods)
        if (failure := trouble(pods, [])) is not None:
            raise failure
        ended = crashed(pods)
        if ended is not None:
            log = b"".join(self.kept_logs(ended.service).lines(follow=False, timestamps=False))
            tail = "\n".join(log.decode("utf-8", "replace").split("\n")[-12:])
            raise StackError("service-ended", service=ended.name, code=ended.exit_code, log=tail)

    def _answers(self, service: str) -> bool:
        if service == "redis":
            return redis_pid(self.redis_address) is not None
        if service == "postgres":
            return answers_sql(self.postgres_dsn)
        return answers_http(self.url) if service == "api" else True
