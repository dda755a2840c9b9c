"""The table of ``docs/uk/troubleshooting.md``, made of what ``lab6 doctor`` knows to say.

``python -m tests.docs.troubleshooting`` writes it anew; ``test_pages.py`` says whether it is stale.
"""

import re
from pathlib import Path

from harness.cli import probes
from harness.texts import catalogue

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "uk" / "troubleshooting.md"
BEGIN, END = "<!-- doctor: begin -->", "<!-- doctor: end -->"

#: What each probe may find wrong: the keys of what it says, and of what it advises.
ERRORS = {
    "docker": ("docker-missing", "engine-silent", "docker-permission", "compose-missing"),
    "postgres": ("postgres-missing",),
    "redis": ("redis-missing",),
}
FOUND = {
    "images": {"missing": "mend-missing", "unreachable": "mend-unreachable"},
    "python": {"found": "mend"},
    "port": {"busy": "mend"},
    "disk": {"found": "mend"},
    "folder": {"closed": "mend"},
    "terminal": {"found": "mend"},
}
FACTS = {
    "python": {"version": "3.9.2", "wanted": ".".join(map(str, probes._PYTHON))},
    "images": {"images": ", ".join(probes._IMAGES)},
    "disk": {"free": "0,4", "folder": "/tmp", "wanted": f"{probes._DISK_GB:.0f}"},  # noqa: S108
    "folder": {"folder": "/usr/share", "reason": "немає прав доступу"},
    "terminal": {"encoding": "cp1251", "columns": "80"},
}


def rows(lang: str = "uk") -> list[tuple[str, str, str]]:
    """What was asked, what doctor says, what to do; in the order of doctor's own table."""
    texts, table = catalogue(lang), []
    for name in (*probes.PROBES, "terminal"):
        title, facts = texts[f"doctor.name.{name}"], FACTS.get(name, {})
        for reference in ERRORS.get(name, ()):
            said = (texts[f"errors.{reference}.{part}"] for part in ("what", "hint"))
            table.append((title, *said))
        for found, mend in FOUND.get(name, {}).items():
            said = (texts[f"doctor.{name}.{part}"].format(**facts) for part in (found, mend))
            table.append((title, *said))
    return table


def table() -> str:
    """The Markdown between the two marks."""
    head = ("Що перевірено", "Що показує `lab6 doctor`", "Як виправити")
    lines = [" | ".join(row).replace("\n", " ") for row in (head, ("---",) * 3, *rows())]
    return "\n".join(f"| {line} |" for line in lines)


def renewed(page: str) -> str:
    """The page with the table as it is to be."""
    between = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
    return between.sub(lambda _: f"{BEGIN}\n{table()}\n{END}", page)


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
