"""The lab's objects: what ``deploy/kubernetes/base`` says, changed as one run needs it. Pure
but for reading.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from harness.home import HOME

Thing = dict[str, Any]

BASE = HOME / "deploy" / "kubernetes" / "base"
RUN_LABEL = "lab6.run"
OWNER = "lab6/owner"  #: annotation: the process that started it
_RESTRICTED = "pod-security.kubernetes.io/enforce"


def read_base(folder: Path = BASE) -> list[Thing]:
    """Every object of the base, in the order of its kustomization."""
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text(encoding="utf-8"))
    return [thing for name in listed["resources"] for thing in read_things(folder / name)]


def read_things(file: Path) -> list[Thing]:
    """The objects of one file."""
    return [thing for thing in yaml.safe_load_all(file.read_text(encoding="utf-8")) if thing]


def for_run(
    things: list[Thing],
    *,
    namespace: str,
    run: str,
    owner: str | None,
    images: Mapping[str, str],
    settings: Mapping[str, str],
    storage_class: str | None,
) -> list[Thing]:
    """The objects of one run, each in the run's namespace.

    ``images`` by service; ``settings`` go beside the services' environment; ``storage_class``: None
    is the cluster's own, an empty one means volumes made by hand.
    """
    for thing in things:
        placed(thing, namespace, run)
        if thing["kind"] == "Namespace" and owner:
            thing["metadata"]["annotations"] = {OWNER: owner}
        if thing["kind"] == "Namespace" and storage_class == "":
            thing["metadata"]["labels"].pop(
                _RESTRICTED
            )  # whoever makes a folder of the node is root
        if thing["kind"] == "ConfigMap" and thing["metadata"]["name"] == "lab6":
            thing["data"] |= settings
        for claim in _claims(thing):
            if storage_class is not None:
                claim["spec"]["storageClassName"] = storage_class
        if "template" in thing.get("spec", {}):
            _prepare_pods(thing["metadata"]["name"], thing["spec"]["template"], run, images)
    return things


def claims_of(things: list[Thing]) -> list[str]:
    """The names of the volume claims that these objects lead to."""
    names = []
    for thing in things:
        name = thing["metadata"]["name"]
        if thing["kind"] == "PersistentVolumeClaim":
            names.append(name)
        templates = thing.get("spec", {}).get("volumeClaimTemplates", ())
        names += [f"{claim['metadata']['name']}-{name}-0" for claim in templates]
    return names


def placed(thing: Thing, namespace: str, run: str) -> None:
    """Put an object into the run's namespace, by its label and its name."""
    metadata = thing["metadata"]
    metadata.setdefault("labels", {})[RUN_LABEL] = run
    if thing["kind"] == "Namespace":
        metadata["name"] = namespace
    else:
        metadata["namespace"] = namespace


def _prepare_pods(service: str, template: Thing, run: str, images: Mapping[str, str]) -> None:
    template["metadata"]["labels"][RUN_LABEL] = run
    # So that a container's processes can be frozen and killed from within: they are not the first
    # one then.
    template["spec"]["shareProcessNamespace"] = True
    for container in template["spec"]["containers"]:
        if service == "postgres":
            # So that every status which a row ever had can be read out of the server's own log.
            container["args"] = ["postgres", "-c", "wal_level=logical"]
        if service in images:
            container["image"] = images[service]
            if "/" not in images[service]:
                container["imagePullPolicy"] = "Never"  # built here: no registry has it


def _claims(thing: Thing) -> Iterator[Thing]:
    if thing["kind"] == "PersistentVolumeClaim":
        yield thing
    yield from thing.get("spec", {}).get("volumeClaimTemplates", ())
