"""The one door to Docker: its CLI and its API, with time limits, and errors that have names."""

import os
import re
import shutil
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from harness.lateness import LONGEST, FairTimer
from harness.stack.errors import StackError
from harness.stack.processes import GROUP_OF_ITS_OWN

if TYPE_CHECKING:
    from docker import DockerClient

TIMEOUT_S = 120.0  #: large on purpose: a laptop's first `up` creates networks and volumes slowly
#: An Engine that is there answers in milliseconds; Docker Desktop wakes up in seconds.
_ASK_S = 15.0
_TAIL = 15  #: last lines of a command that an error quotes
_MOST_TOLD = 64 * 1024  #: bytes at the end of what a failed command printed

#: All that docker and its plugins need of the environment: nothing else may be interpolated into a
#: file.
_ENVIRONMENT = re.compile(
    r"PATH|HOME|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAM.*|SYSTEMROOT|SYSTEMDRIVE|TE?MP|TMPDIR"
    r"|DOCKER_.*|BUILDKIT_.*|BUILDX_.*|XDG_.*|SSH_AUTH_SOCK|(HTTPS?|NO)_PROXY",
    re.IGNORECASE,
)

#: What the CLI says → the reference of an error, with the facts that its groups give.
_COMPLAINTS = tuple(
    (re.compile(pattern, re.IGNORECASE), reference)
    for pattern, reference in (
        (r"permission denied while trying to connect", "docker-permission"),
        (
            r"cannot connect to the docker daemon|error during connect|is the docker daemon",
            "engine-silent",
        ),
        (r"container name \"/?(?P<name>[^\"]+)\" is already in use", "name-taken"),
        (
            r"(?:127\.0\.0\.1|0\.0\.0\.0|\[?::\]?):(?P<port>\d+)\D[^\n]*(?:allocated|in use)",
            "port-busy",
        ),
        (r"no space left on device", "disk-full"),
        (
            (
                r"(?:source metadata for|manifest for|access denied for|no such image:) (?:docker\.io/(?:library/)?)?"
                r"(?P<image>[\w./:@-]*\w)"
            ),
            "image-missing",
        ),
        (  # no address of a server, which has a colon, too
            (
                r"(?<![\w./:-])(?!(?:[\w-]+\.)+[\w-]+:\d+\b)(?P<image>[\w./-]+:[\w.-]*\w)"
                r"[^\n]*(?:failed to resolve|no such host|not found)"
            ),
            "image-missing",
        ),
        (r"(?P<reason>[^\n]*\bno such host)", "registry-silent"),
    )
)


#: What package managers of any language print when their registry, and not the Dockerfile, is at
#: fault.
_REGISTRY = re.compile(
    r"temporary failure (?:in name resolution|resolving)|could ?n[o']t resolve|name or service not known"
    r"|network is unreachable|connection (?:timed out|refused|reset)|(?:read|connect) ?time(?:d )?out"
    r"|newconnectionerror|i/o timeout|tls handshake timeout|proxyerror|max retries exceeded"
    r"|\b(?:eai_again|enotfound|etimedout|econnreset|econnrefused)\b"
    r"|429 too many requests|50\d server error|502 bad gateway|503 service unavailable|504 gateway time",
    re.IGNORECASE,
)
_NOISE = re.compile(r"level=warning|^-+$|^#\d+ (?:sha256|DONE|CACHED|transferring|\[.*internal\])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A Docker Engine that answers, and the Compose that drives it."""

    version: str
    compose: str


def environment(**more: str) -> dict[str, str]:
    """The environment of a docker process."""
    kept = {name: value for name, value in os.environ.items() if _ENVIRONMENT.fullmatch(name)}
    return kept | more


def engine() -> Engine:
    """The Engine that answers here.

    ``StackError``: ``docker-missing`` (no CLI), ``engine-silent``, ``docker-permission``,
    ``compose-missing`` (no Compose v2).
    """
    if shutil.which("docker") is None:
        raise StackError("docker-missing")
    version = run(["version", "--format", "{{.Server.Version}}"], timeout_s=_ASK_S).strip()
    if not version:
        raise StackError("engine-silent")
    try:
        compose = run(["compose", "version", "--short"], timeout_s=_ASK_S).strip()
    except StackError as error:
        raise StackError("compose-missing") from error
    return Engine(version=version, compose=compose)


def run(
    arguments: Sequence[str],
    *,
    timeout_s: float = TIMEOUT_S,
    longest: float = LONGEST,
    env: dict[str, str] | None = None,
    cwd: Path | None = None,
    on_line: Callable[[str], None] | None = None,
    on_start: Callable[[int], None] | None = None,
) -> str:
    """What ``docker ARGUMENTS`` prints on standard output.

    ``timeout_s`` grows on a busy machine, at the most ``longest`` times.
    ``on_line`` is told every line of progress (standard error), ``on_start`` the process's id.
    Raises ``StackError`` with the reference of the complaint, else ``docker-failed``;
    ``timed-out``.
    """
    command = ["docker", *arguments]
    try:
        process = subprocess.Popen(  # noqa: S603
            command,
            cwd=cwd,
            env=environment() if env is None else env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **GROUP_OF_ITS_OWN,
        )
    except FileNotFoundError as error:
        raise StackError("docker-missing") from error
    if on_start is not None:
        on_start(process.pid)
    complaints: deque[str] = deque(maxlen=400)
    reader = threading.Thread(target=_hear, args=(process, complaints, on_line), daemon=True)
    reader.start()
    clock = FairTimer(timeout_s, process.kill, longest=longest)
    began = monotonic()
    clock.start()
    try:
        output = process.stdout.read() if process.stdout else b""
        status = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    finally:
        clock.cancel()
        reader.join(_ASK_S)
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
    if status < 0 and monotonic() - began >= timeout_s:
        raise StackError("timed-out", what=" ".join(command[:4]), seconds=f"{timeout_s:g}")
    if status != 0:
        tail = output[-_MOST_TOLD:].decode("utf-8", "replace")
        raise complaint("\n".join(complaints), " ".join(arguments[:6]), tail)
    return output.decode("utf-8", "replace")


def complaint(text: str, command: str, told: str = "") -> StackError:
    """The named error for what the CLI complained of. ``told``: what the command itself printed,
    e.g. the steps of a build; it is a stranger's, so it is only asked whether a registry was
    silent."""
    for pattern, reference in _COMPLAINTS:
        if match := pattern.search(text):
            facts = {name: value for name, value in match.groupdict().items() if value}
            return StackError(reference, **facts)
    if match := _REGISTRY.search(told):
        return StackError("registry-silent", reason=_line_around(told, match.start()))
    lines = [line for line in f"{told}\n{text}".split("\n") if line and not _NOISE.search(line)]
    return StackError("docker-failed", command=command, log="\n".join(lines[-_TAIL:]))


def _line_around(text: str, place: int) -> str:
    return text[text.rfind("\n", 0, place) + 1 :].partition("\n")[0].strip()[:300]


class NotThere(StackError):  # noqa: N818 - its reference says that it is an error
    """What the Engine was asked about is not there. ``container-missing``, with ``name``."""


@contextmanager
def named_errors(what: str) -> Iterator[None]:
    """Within it a refusal of the Engine's API about ``what`` becomes a ``StackError``:
    ``NotThere``, ``engine-silent``, or the reference of its complaint."""
    from docker.errors import APIError, NotFound
    from requests.exceptions import RequestException

    try:
        yield
    except NotFound as error:
        raise NotThere("container-missing", name=what) from error
    except APIError as error:
        raise complaint(str(error.explanation), what) from error
    except RequestException as error:
        raise StackError("engine-silent") from error


@cache
def client() -> "DockerClient":
    """The API client, for the Engine that the CLI uses. ``StackError("engine-silent")``."""
    import docker
    from docker.errors import DockerException

    try:
        host = os.environ.get("DOCKER_HOST") or _context_host()
        made = docker.DockerClient(
            base_url=host, version="auto", timeout=int(TIMEOUT_S), use_ssh_client=True
        )
    except (DockerException, OSError, ValueError) as error:
        if "Permission denied" in str(error):
            raise StackError("docker-permission") from error
        raise StackError("engine-silent") from error
    return made


def missing_images(images: Sequence[str]) -> tuple[str, ...]:
    """Those of ``images`` that are not on this machine."""
    from docker.errors import ImageNotFound

    missing = []
    for image in images:
        try:
            client().images.get(image)
        except ImageNotFound:
            missing.append(image)
    return tuple(missing)


def _hear(
    process: "subprocess.Popen[bytes]", kept: "deque[str]", on_line: Callable[[str], None] | None
) -> None:
    for raw in process.stderr or ():
        line = raw.decode("utf-8", "replace").rstrip()
        kept.append(line)
        if on_line is not None and line:
            on_line(line)


def _context_host() -> str | None:
    """The Engine's address of the CLI's context (Docker Desktop has one of its own); None: the
    default.
    """
    with suppress(StackError):
        host = run(
            ["context", "inspect", "--format", "{{.Endpoints.docker.Host}}"], timeout_s=_ASK_S
        )
        return host.strip() or None
    return None
