"""The lab's variants: mutants with one defect, cheats that pretend, honest ones that do it
another way.
"""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
KINDS = ("mutants", "cheats", "honest")


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One variant: what is changed of the lab, and the check that must be false (None for an
    honest one).
    """

    kind: str
    name: str
    check: str | None
    changes: tuple[dict[str, Any], ...]
    engine: bool  #: it needs containers
    #: Its own processes race: which of the other checks it fails differs from run to run.
    races: bool = False

    def build(self, folder: Path) -> Path:
        """A copy of the lab, changed so. An ``old`` text that does not stand exactly once is an
        error.
        """
        ignore = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / "lab6", folder / "lab6", ignore=ignore)
        shutil.copy(ROOT / "docker-compose.yml", folder)
        beside = HERE / self.kind / self.name
        if beside.is_dir():
            shutil.copytree(beside, folder, dirs_exist_ok=True, ignore=ignore)
        for change in self.changes:
            _change(folder / change["file"], change)
        return folder


def variants(kind: str) -> dict[str, Variant]:
    """The variants of a kind by name."""
    table = tomllib.loads((HERE / f"{kind}.toml").read_text(encoding="utf-8"))
    return {
        name: Variant(
            kind=kind,
            name=name,
            check=entry.get("check"),
            changes=tuple(entry.get("change", ())),
            engine=entry.get("engine", False),
            races=entry.get("races", False),
        )
        for name, entry in table.items()
    }


def due(day: int) -> list[Variant]:
    """The variants that a real Engine grades on that day: one that runs nowhere else,
    and two of the others; all of them in their turn."""
    every = [one for kind in ("honest", "mutants", "cheats") for one in variants(kind).values()]
    first = [one for one in every if one.engine]
    rest = [one for one in every if not one.engine]
    return [first[day % len(first)], *(rest[(day * 2 + n) % len(rest)] for n in range(2))]


def _change(file: Path, change: dict[str, Any]) -> None:
    if "text" in change:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(change["text"], encoding="utf-8")
        return
    text = file.read_text(encoding="utf-8")
    if text.count(change["old"]) != 1:
        raise ValueError(f"{change['file']}: not exactly once: {change['old']!r}")
    changed = text.replace(change["old"], change["new"])
    if file.suffix == ".py":
        compile(
            changed, change["file"], "exec"
        )  # a slip in a change would be caught by every check
    file.write_text(changed, encoding="utf-8")
