"""The scaler of ``deploy/kubernetes/overlays/scaling`` beside a run: a pod that may change one
number.
"""

from collections.abc import Mapping

from harness.stack.kubernetes.lab import KubernetesLab
from harness.stack.kubernetes.manifests import BASE, Thing, placed, read_things

_FOLDER = BASE.parent / "overlays" / "scaling"
_SCRIPT = "scaler.py"


def start_scaler(lab: KubernetesLab, image: str, settings: Mapping[str, str]) -> None:
    """Create the scaler in the lab's namespace, from the worker's image; ``settings`` go beside
    its own.
    """
    for thing in scaler_things(lab.name, image, settings):
        lab.cluster.create(thing)


def scaler_things(namespace: str, image: str, settings: Mapping[str, str]) -> list[Thing]:
    """Its objects, with the ConfigMap that kustomize would make of its script. Pure but for
    reading.
    """
    script = (_FOLDER / _SCRIPT).read_text(encoding="utf-8")
    config: Thing = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "scaler"},
        "data": {_SCRIPT: script},
    }
    things = [config, *read_things(_FOLDER / "scaler.yaml")]
    for thing in things:
        placed(thing, namespace, "scaler")
        for container in _containers(thing):
            container["image"] = image
            own = {variable["name"]: variable for variable in container["env"]}
            variables = {name: {"name": name, "value": value} for name, value in settings.items()}
            container["env"] = list((own | variables).values())
    return things


def _containers(thing: Thing) -> list[Thing]:
    template = thing.get("spec", {}).get("template", {})
    return list(template.get("spec", {}).get("containers", ()))
