"""How one submission says what the lab says: paths, queue, table, columns, statuses, the log's
wording.

The default is the lab's own. What differs is found by looking (``grade.experiments.discovery``),
never asked of the student; whatever a submission calls its statuses, a witness tells them by the
lab's names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from harness.trace import Profile, lab_profile
from harness.trace.ids import as_written
from harness.witness.message import MessageFormat

_LAB_COLUMNS = MappingProxyType(
    {
        "id": "id",
        "status": "status",
        "input": "input_path",
        "output": "output_path",
        "error": "error",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The names that a submission uses."""

    submit: str = "/job/submit"
    status_of: str = "/job/{id}"  #: where the api tells of a job
    result: str = "/job/{id}/result"  #: "" where this lab's api gives no results
    as_query: bool = False  #: action and params go into the query, not into form fields
    behind_proxy: bool = False  #: another service may answer before the api can
    file_field: str = "image"
    id_fields: tuple[str, ...] = ("job_id",)
    bare_ids: bool = False  #: the api writes its ids without their hyphens
    queue: str = "image_processing_queue"
    queue_database: int = 0  #: of Redis, where the queue is
    asked_queue: str = "image_processing_queue"  #: as the lab's text calls it
    message: MessageFormat = field(default_factory=MessageFormat)
    #: the table's database; None: the one that the server's own settings name
    database: str | None = None
    table: str = "jobs"
    table_seen: bool = True  #: a row was found there that names a job and tells its status
    schema: str = "public"
    #: by what they hold: id, status, input, output, error
    columns: Mapping[str, str] = field(default_factory=lambda: _LAB_COLUMNS)
    statuses: Mapping[str, str] = field(default_factory=dict)  #: theirs, capitals → the lab's
    near_words: frozenset[str] = frozenset()  #: of these, capitals: understood, but not asked for
    profile: Profile = field(default_factory=lab_profile)

    def status(self, told: str) -> str:
        """The kit's name of a status; one that means nothing here stays as it is, but for one that
        the kit would take for its own."""
        known = self.statuses.get(told.strip().upper())
        if known is None and told in self.statuses.values():
            return f"{told}?"
        return known or told

    def is_near(self, told: str) -> bool:
        """Whether a status is said in a word that is only understood."""
        return told.strip().upper() in self.near_words

    def written_id(self, job_id: str) -> str:
        """An id as this api writes it, and so finds it."""
        return job_id.replace("-", "") if self.bare_ids else as_written(job_id)

    def word(self, status: str) -> str:
        """What this lab calls a status that the kit calls so."""
        return next((word for word, ours in self.statuses.items() if ours == status), status)
