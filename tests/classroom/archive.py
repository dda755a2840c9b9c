"""A class's archive as Moodle gives it, made of the lab's variants: Cyrillic names, archives within
archives, works that are empty, one made to break whoever unpacks it; and the course's worksheet.
"""

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.mutants.variants import KINDS, Variant, variants

GIVEN = ("Іван", "Олена", "Мар’яна", "Юрій", "Ґалина", "Ія", "Єва", "Їржі", "Лев", "Ольга")
SURNAMES = ("Шевченко", "О’Ніл", "Щур-Коваль", "Ткачук", "Мороз", "Бойко", "Лисенко", "Гнатюк")
EMPTY = ("report.pdf", b"%PDF-1.7 nothing else")
HOSTILE = ("../../../outside.txt", b"written outside")
#: Of Moodle's worksheet for marking off-line.
COLUMNS = (
    *("Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade"),
    *("Grade can be changed", "Last modified (submission)", "Last modified (grade)"),
    "Feedback comments",
)


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
    """A class of so many: three of them handed in nothing, one something hostile, the others the
    variants in turn, of every kind as many as there are."""
    wanted = _in_turn(engine=engine)
    made: list[Pupil] = []
    for number in range(works):
        name = f"{SURNAMES[number % len(SURNAMES)]} {GIVEN[number // len(SURNAMES) % len(GIVEN)]}"
        hostile, empty = number == 4, number in (1, 2, 3)
        variant = None if hostile or empty else next(wanted)
        made.append(Pupil(number=101 + number, name=name, variant=variant, hostile=hostile))
    return made


def write_archive(file: Path, group: Sequence[Pupil]) -> None:
    """The whole class in one zip; each work lies deeper than the one before, up to three."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for pupil in group:
            name, data = _handed_in(pupil)
            archive.writestr(f"{pupil.folder}/{name}", data)


def write_worksheet(file: Path, group: Sequence[Pupil]) -> None:
    """The worksheet that the teacher downloads, no grade in it yet."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(COLUMNS)
    for one in group:
        mail = f"p{one.number}@example.org"
        row = [f"Participant {one.number}", one.name, mail, "Submitted for grading", "", "100.00"]
        table.writerow([*row, "Yes", "Tuesday, 24 November 2026, 11:59 PM", "-", ""])
    file.write_bytes(text.getvalue().encode("utf-8-sig"))


def _in_turn(*, engine: bool) -> Iterator[Variant]:
    """One of each kind after another, for ever."""
    kinds = [[one for one in variants(kind).values() if engine or not one.engine] for kind in KINDS]
    at = 0
    while True:
        for kind in kinds:
            yield kind[at % len(kind)]
        at += 1


def _handed_in(pupil: Pupil) -> tuple[str, bytes]:
    if pupil.hostile:
        return "lab.zip", _zipped({HOSTILE[0]: HOSTILE[1], "docker-compose.yml": b"services: {}\n"})
    if pupil.variant is None:
        return EMPTY
    with TemporaryDirectory() as folder:
        lab = pupil.variant.build(Path(folder) / "lab")
        files = {
            f"{pupil.variant.name}/{file.relative_to(lab).as_posix()}": file.read_bytes()
            for file in sorted(lab.rglob("*"))
            if file.is_file()
        }
    data = _zipped(files)
    for _ in range(pupil.number % 3):
        data = _zipped({"lab6-main/робота.zip": data})
    return "lab.zip", data


def _zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()
