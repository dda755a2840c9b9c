"""A class's archive as Moodle gives it, made of the lab's variants: Cyrillic names, archives within
archives, works that are empty, one made to break whoever unpacks it.
"""

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.variants import KINDS, Variant, variants

GIVEN = ("Іван", "Олена", "Мар’яна", "Юрій", "Ґалина", "Ія", "Єва", "Їржі", "Лев", "Ольга")
SURNAMES = ("Шевченко", "О’Ніл", "Щур-Коваль", "Ткачук", "Мороз", "Бойко", "Лисенко", "Гнатюк")
#: Which of the class handed in nothing that runs, and which a zip that writes beside its folder.
EMPTY, HOSTILE = (1, 2, 3), 4
OUTSIDE = "outside.txt"  #: what that zip would write


@dataclass(frozen=True, slots=True, kw_only=True)
class Pupil:
    """One of the class, and what was handed in; without a variant: nothing that can be graded."""

    number: int
    name: str
    variant: Variant | None
    hostile: bool = False

    @property
    def folder(self) -> str:
        """As Moodle calls it."""
        return f"{self.name}_{self.number}_assignsubmission_file_"


def pupils(works: int, *, engine: bool) -> list[Pupil]:
    """A class of so many: a few of them handed in nothing that can be graded, the others the
    variants in turn; those that need containers only where there is an Engine."""
    wanted = _in_turn(engine=engine)
    return [
        Pupil(
            number=101 + at,
            name=f"{SURNAMES[at % len(SURNAMES)]} {GIVEN[at // len(SURNAMES) % len(GIVEN)]}",
            variant=None if at in (*EMPTY, HOSTILE) else next(wanted),
            hostile=at == HOSTILE,
        )
        for at in range(works)
    ]


def _in_turn(*, engine: bool) -> Iterator[Variant]:
    """A mutant, a cheat, an honest one, the next mutant, and so on for ever."""
    kinds = [[one for one in variants(kind).values() if engine or not one.engine] for kind in KINDS]
    return (kind[at % len(kind)] for at in count() for kind in kinds)


def write_archive(file: Path, group: Sequence[Pupil]) -> None:
    """The whole class in one zip; one work in three is a zip within a zip, one lies deeper still."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for pupil in group:
            name, data = _handed_in(pupil)
            archive.writestr(f"{pupil.folder}/{name}", data)


def _handed_in(pupil: Pupil) -> tuple[str, bytes]:
    """A file's name and what is in it."""
    if pupil.hostile:
        return "lab.zip", _zip({f"../../../{OUTSIDE}": b"", "docker-compose.yml": b"services: {}"})
    if pupil.variant is None:
        return "report.pdf", b"%PDF-1.7 nothing else"
    data = _zipped_variant(pupil.variant)
    for _ in range(pupil.number // 3 % 3):
        data = _zip({"lab6-main/робота.zip": data})
    return "lab.zip", data


def _zipped_variant(variant: Variant) -> bytes:
    out = io.BytesIO()
    with TemporaryDirectory() as place, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        lab = variant.build(Path(place) / "lab")
        for file in sorted(lab.rglob("*")):
            archive.write(file, Path(variant.name) / file.relative_to(lab))
    return out.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
