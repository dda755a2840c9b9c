"""What an export is asked for, and what it gives back."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from report.sheets import Sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the teacher said besides the format's name."""

    sheet: Sheet | None = None  #: the learning system's own table, to be filled
    sheet_name: str = "sheet.csv"
    column: str | None = None  #: the title of the mark's column there
    separator: str = ","
    decimal: str = "."
    pages: Mapping[str, bytes] = field(default_factory=dict)  #: by work: what the student may read
    environment: Mapping[str, str] = field(
        default_factory=dict
    )  #: of a grading job, e.g. COMMIT_URL


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One work that went nowhere, or needs a look: nothing is left out in silence."""

    reason: str  #: a key under ``export.told``
    name: str
    others: tuple[str, ...] = ()  #: e.g. the rows that it could be


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Files by their names within the export's folder, and what is to be said."""

    files: Mapping[str, bytes]
    told: tuple[Told, ...] = ()
    filled: int | None = None  #: rows that got a mark; None where no table was filled
