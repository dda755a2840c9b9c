"""The services' images: built by Docker, handed to the node by its own tool, and taken away again.

Where ``LAB6_KUBE_IMAGES`` names a registry's folder, the cluster fetches ``<folder>/api`` and
``<folder>/worker`` by itself, and nothing is built here.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import yaml

from harness.stack import docker_door
from harness.stack.base import Progress
from harness.stack.errors import StackError
from harness.stack.override import COMPOSE_FILE

FROM_REGISTRY = "LAB6_KUBE_IMAGES"
SERVICES = ("api", "worker")
_BUILD_S = 900.0
_LOAD_S = 300.0

Command = list[str]


def image_names(tag: str) -> dict[str, str]:
    """By service, the image that a run uses."""
    folder = os.environ.get(FROM_REGISTRY, "").rstrip("/")
    if folder:
        return {service: f"{folder}/{service}" for service in SERVICES}
    return {service: f"lab6-{service}:{tag}" for service in SERVICES}


def are_built(images: Mapping[str, str]) -> bool:
    """Whether they are made here, and not fetched."""
    return not any("/" in image for image in images.values())


def build(lab: Path, images: Mapping[str, str], progress: Progress) -> None:
    """Build the lab's images under these names. ``StackError``: ``build-failed``, and the
    door's own.
    """
    docker_door.engine()
    with tempfile.TemporaryDirectory(prefix="lab6-") as folder:
        names = Path(folder) / "images.yml"
        services = {service: {"image": image} for service, image in images.items()}
        names.write_text(yaml.safe_dump({"services": services}), encoding="utf-8")
        files = ["-f", str(lab / COMPOSE_FILE), "-f", str(names)]
        command = ["compose", "--progress", "plain", "-p", "lab6-images", *files, "build"]
        try:
            docker_door.run(command, timeout_s=_BUILD_S, on_line=progress, cwd=lab)
        except StackError as error:
            if error.reference != "docker-failed":
                raise
            raise StackError("build-failed", log=error.facts["log"]) from error


def hand_over(context: str, images: Mapping[str, str]) -> None:
    """Give the images to the node where it has an image store of its own.
    ``StackError("kube-load")``.
    """
    for command in loading(context, list(images.values())):
        if shutil.which(command[0]) is None:
            raise StackError("kube-load", command=" ".join(command), reason=command[0])
        done = subprocess.run(  # noqa: S603 - the tool that made the cluster
            command, capture_output=True, timeout=_LOAD_S, check=False, stdin=subprocess.DEVNULL
        )
        if done.returncode:
            reason = done.stderr.decode("utf-8", "replace").strip().split("\n")[-1][:300]
            raise StackError("kube-load", command=" ".join(command), reason=reason)


def take_away(context: str, images: Mapping[str, str]) -> None:
    """Remove what was built here, from the node and from the Engine."""
    for command in unloading(context, list(images.values())):
        with suppress(OSError, subprocess.SubprocessError):
            subprocess.run(  # noqa: S603
                command, capture_output=True, timeout=60, check=False, stdin=subprocess.DEVNULL
            )
    for image in images.values():
        with suppress(Exception):  # never built, or no Engine any more
            docker_door.client().images.remove(image, force=True)


def loading(context: str, images: list[str]) -> list[Command]:
    """The commands that give images to a cluster's node; none where node and Engine share their
    images.
    """
    tool, _, name = context.partition("-")
    if tool == "kind" and name:
        return [["kind", "load", "docker-image", *images, "--name", name]]
    if tool == "k3d" and name:
        return [["k3d", "image", "import", *images, "-c", name]]
    if context == "minikube":
        return [["minikube", "image", "load", image] for image in images]
    return []


def unloading(context: str, images: list[str]) -> list[Command]:
    """The commands that remove the loaded images from the cluster."""
    tool, _, name = context.partition("-")
    node: dict[str, Callable[[str], str]] = {
        "kind": lambda cluster: f"{cluster}-control-plane",
        "k3d": lambda cluster: f"k3d-{cluster}-server-0",
    }
    if tool in node and name:
        return [["docker", "exec", node[tool](name), "crictl", "rmi", *images]]
    if context == "minikube":
        return [["minikube", "image", "rm", image] for image in images]
    return []
