"""Three ways to consume the queue: the kit's own, the lab's, and BLMOVE; each as a lab that any
runtime runs.

For a notebook, or a look by hand::

    from harness.loops import build_lab
    from harness.stack.embedded import EmbeddedStack

    with EmbeddedStack(lab=build_lab("lab", folder)) as stack:
        stack.up()
        ...

``folder`` must not be there yet, and is the caller's to remove.
"""

import shutil
from pathlib import Path

from harness.home import HOME

LOOPS = ("kit", "lab", "blmove")

_HERE = Path(__file__).parent

#: The lab answers an error when Redis is away: it has nobody who would push the event later.
_PUSH_FAILED = '        log.info("Error pushing job event to Redis queue: %s", err)\n'
_AS_THE_LAB = (
    _PUSH_FAILED + '        return error(503, "Redis зараз недоступний, завдання не прийнято.")\n'
)


def build_lab(loop: str, folder: Path) -> Path:
    """A copy of the lab whose worker consumes the queue in this way; the folder given."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(HOME / "lab6", folder / "lab6", ignore=ignored)
    shutil.copy(HOME / "docker-compose.yml", folder)
    if loop == "kit":
        return folder
    worker = folder / "lab6/worker"
    (worker / "main.py").rename(worker / "kit.py")
    shutil.copy(_HERE / "workers" / f"{loop}.py", worker / "main.py")
    if loop != "lab":  # it takes the rest from the lab's
        shutil.copy(_HERE / "workers/lab.py", worker)
    change_once(folder / "lab6/api/main.py", _PUSH_FAILED, _AS_THE_LAB)
    return folder


def with_short_terms(lab: Path) -> Path:
    """The same lab, its sweep so quick that a lost event is put back within seconds, for a
    demonstration.
    """
    sweep = lab / "lab6/worker/sweep.py"
    change_once(sweep, '"SWEEP_SECONDS", "5"', '"SWEEP_SECONDS", "0.5"')
    change_once(sweep, '"WAIT_SECONDS", "10"', '"WAIT_SECONDS", "1.5"')
    return lab


def with_far_storage(lab: Path, action: str, seconds: float) -> Path:
    """The same lab; the results of this action are stored so slowly: a wait, which takes no CPU."""
    stored = "    save(result, "
    wait = f"    if action == {action!r}:\n        stopping.time.sleep({seconds})\n"
    kit = lab / "lab6/worker/kit.py"  # where another loop stands in the place of the kit's
    change_once(kit if kit.is_file() else lab / "lab6/worker/main.py", stored, wait + stored)
    return lab


def change_once(file: Path, old: str, new: str) -> None:
    """Put ``new`` in the place of ``old``; ``ValueError`` where the file does not have it
    exactly once.
    """
    text = file.read_text(encoding="utf-8")
    if text.count(old) != 1:
        raise ValueError(f"{file.name}: not exactly once: {old!r}")
    file.write_text(text.replace(old, new), encoding="utf-8")
