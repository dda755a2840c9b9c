"""A submission's own services: built from its own folder, with what is harmless of their
settings.
"""

import re
from pathlib import Path, PurePosixPath
from typing import Any

from harness.grade.submission.assignment import Sandbox
from harness.grade.submission.sandbox import values
from harness.grade.submission.sandbox.base_images import allowed_image
from harness.grade.submission.sandbox.builds import built
from harness.grade.submission.sandbox.changes import Changes
from harness.grade.submission.sandbox.places import container_place, is_bare, within

_FORBIDDEN = ("/proc", "/sys", "/dev", "/var/run", "/run")
_OPENED = ("/run/secrets",)
_OF_A_PROGRAM = 3  #: parts of a path as /etc/nginx, whose files are a program's
#: What needs the net where there is none; people who know no Dockerfile start their services so.
_INSTALLS = re.compile(
    r"\b(?:pip3? install|npm (?:i|ci|install)|yarn|go (?:get|run|mod)|apt(?:-get)? |apk add|bundle install)\b"
)
#: Programs that begin as root and go on as somebody else, and what root needs for that within its
#: container. The net, devices and the machine are beyond any of these.
_CHANGE_USERS = re.compile(
    r"\b(?:nginx|caddy|httpd|apache2|gosu|su-exec|setpriv|runuser|supervisord?|su\s+-)",
)
RIGHTS = ("CHOWN", "DAC_OVERRIDE", "FOWNER", "KILL", "SETGID", "SETUID")
_SCRATCH = ("/tmp", "/var/tmp")  # noqa: S108 - places within a container
_TEXTS = ("working_dir", "user", "stop_signal")
#: With a terminal of its own a program writes its log line by line.
_SWITCHES = ("read_only", "tty", "stdin_open")


def source(
    name: str, entry: dict[str, Any], box: Sandbox, folder: Path, changes: Changes
) -> dict[str, Any] | None:
    """What it is started from: a build within the folder, or a well-known base image; None
    where neither.
    """
    where = f"services.{name}"
    if "build" in entry:
        build = built(f"{where}.build", entry["build"], box, folder, changes)
        return None if build is None else {"build": build}
    asked = str(entry.get("image") or "")
    if (image := allowed_image(asked, box.bases)) is None:
        changes.add(f"{where}.image", "image-refused", asked)
        return None
    return {"image": image}


def starts_as_another(made: dict[str, Any]) -> bool:
    """Whether the service, as it will run, has a program that changes its user at the start."""
    build = made.get("build") or {}
    file = Path(build.get("context", "")) / build.get("dockerfile", "")
    text = file.read_text(encoding="utf-8") if build and file.is_file() else ""
    texts = [text, made.get("image"), made.get("command"), made.get("entrypoint")]
    return any(_CHANGE_USERS.search(str(word)) for word in texts if word)


def settings(name: str, entry: dict[str, Any], changes: Changes) -> dict[str, Any]:
    """Command, environment, health check and their like."""
    kept = _commands(name, entry, changes)
    for key in _TEXTS:
        if isinstance(entry.get(key), str | int) and not isinstance(entry[key], bool):
            kept[key] = str(entry[key])
    kept["environment"] = values.environment(entry.get("environment"))
    if (check := values.healthcheck(entry.get("healthcheck"))) is not None:
        kept["healthcheck"] = check
    for key in _SWITCHES:
        if entry.get(key) is True:
            kept[key] = True
    if places := _in_memory(name, entry.get("tmpfs"), changes):
        kept["tmpfs"] = places
    if "restart" in entry:
        policy = values.restart(entry["restart"])
        if policy is not None:
            kept["restart"] = policy
        else:
            changes.add(f"services.{name}.restart", "key-dropped", entry["restart"])
    return kept


def _commands(name: str, entry: dict[str, Any], changes: Changes) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key in ("command", "entrypoint"):
        if (words := values.words(entry.get(key))) is not None:
            kept[key] = words
        if _INSTALLS.search(text := str(entry.get(key))):
            changes.add(f"services.{name}.{key}", "no-network", text)
    return kept


class Mounts:
    """The volumes of all services: named ones of the run's own, and folders of the submission's
    copy.
    """

    def __init__(self, folder: Path, most: int) -> None:
        self._folder, self._most, self._nameless = folder, most, 0
        self.named: set[str] = set()

    def of(self, name: str, entry: dict[str, Any], changes: Changes) -> list[dict[str, Any]]:
        """The mounts of one service. A bare folder of the submission becomes a volume: whoever runs
        in the container may write there, and it goes with the run."""
        kept = []
        for volume in entry.get("volumes") or ():
            mount = self._mount(volume)
            if mount is None:
                changes.add(f"services.{name}.volumes", "mount-dropped", volume)
            else:
                kept.append(mount)
        # On the disk, not in memory: what a library puts there may be larger than the memory that
        # the sandbox leaves it, and whom its own machine gives half of the memory would die of it
        # here.
        asked = [container_place(place) for place in _places(entry.get("tmpfs"))]
        return kept + [{"type": "volume", "target": place} for place in asked if place in _SCRATCH]

    def _mount(self, volume: Any) -> dict[str, Any] | None:
        origin, told_target, read_only = _parts(volume)
        target = container_place(told_target or "")
        if target is None or not _is_open(target):
            return None
        mount: dict[str, Any] = {"target": target} | ({"read_only": True} if read_only else {})
        if not origin:
            if not self._is_room():
                return None
            self._nameless += 1
            return {"type": "volume", **mount}
        if origin.startswith((".", "/", "~")) or "/" in origin:
            place = within(self._folder, origin)
            if place is None:
                return None
            if not is_bare(place):
                return {"type": "bind", "source": str(place), **mount}
            origin = "folder-" + "-".join(place.relative_to(self._folder.resolve()).parts)
        name = _named(origin)
        if name not in self.named and not self._is_room():
            return None
        self.named.add(name)
        return {"type": "volume", "source": name, **mount}

    def _is_room(self) -> bool:
        return len(self.named) + self._nameless < self._most


def _parts(volume: Any) -> tuple[str | None, str | None, bool]:
    if isinstance(volume, dict):
        if volume.get("type") not in ("volume", "bind", None):
            return None, None, False
        origin = str(volume.get("source") or "")
        if volume.get("type") == "bind" and not origin.startswith((".", "/", "~")):
            origin = f"./{origin}"
        return origin, str(volume.get("target") or ""), volume.get("read_only") is True
    parts = str(volume).split(":")
    if len(parts) == 1:
        return None, parts[0], False
    return parts[0], parts[1], "ro" in (parts[2].split(",") if len(parts) > 2 else ())


def _in_memory(name: str, tmpfs: Any, changes: Changes) -> list[str]:
    """Other places of a service that are empty at its start: in memory, each with a size."""
    kept = []
    for asked in _places(tmpfs):
        place = container_place(asked)
        if place is None or not _is_open(place):
            changes.add(f"services.{name}.tmpfs", "mount-dropped", asked)
        elif place not in _SCRATCH:
            kept.append(f"{place}:size=64m,mode=1777")
    return kept


def _places(listed: Any) -> list[str]:
    return [
        str(path).partition(":")[0]
        for path in (listed if isinstance(listed, list) else [listed])
        if path
    ]


def _is_open(target: str) -> bool:
    """A place in the container where a volume does no harm."""
    place = PurePosixPath(target)
    if any(place.is_relative_to(folder) and place != PurePosixPath(folder) for folder in _OPENED):
        return True
    if place.is_relative_to("/etc"):  # a program's own settings; no names of hosts or users
        return len(place.parts) > _OF_A_PROGRAM
    return len(place.parts) > 1 and not any(place.is_relative_to(folder) for folder in _FORBIDDEN)


def _named(name: str) -> str:
    return "".join(char if char.isascii() and char.isalnum() else "-" for char in name)[:60]
