"""One job on the live page's board, and the place to which each thing that is told of it brings
it.
"""

from dataclasses import dataclass, field
from typing import Any

from harness.trace import Kind

FINAL = ("COMPLETED", "FAILED")
NOWHERE = "nowhere"  #: the place of a job that has ended and is in no table: no lane shows it
#: A row that is QUEUED tells nothing of the list: the api writes it first, and pushes the event
#: then.
PLACE_OF_ROW = {"QUEUED": "api", "PROCESSING": "worker", "COMPLETED": "done", "FAILED": "done"}
PLACE_OF = {
    Kind.RECEIVED: "worker",
    Kind.PROCESSING: "worker",
    Kind.REDELIVERED: "queue",
    Kind.COMPLETED: "done",
    Kind.FAILED: "done",
}
MOST_MARKS = 40

_SHOWN = (
    *("id", "number", "place", "status", "action", "params", "error", "worker", "marks"),
    *("picture", "stray"),
)


@dataclass(slots=True, kw_only=True)
class BoardJob:
    """One job on the board."""

    id: str
    number: int  #: from 1, in the order in which the board heard of them
    place: str = "api"
    status: str = ""  #: of its row; "" before there was one
    action: str = ""
    params: str = ""
    error: str = ""
    worker: str = ""  #: the log's stream that has it; "" where one worker is alone
    picture: str = ""  #: the name of its small picture; "" where nobody has seen one
    answer: int = 0  #: the api's status, where the page has sent it
    sound: bool = False  #: it can be done, and was made so
    sent: float = 0.0  #: when that was
    message: str = ""  #: its message as the log quotes it, where that does not have its fields
    stray: bool = False  #: the worker that took it is gone, and no event of it is left
    moved: float = 0.0  #: when it came to its place, seconds since 1970
    marks: list[dict[str, Any]] = field(default_factory=list)  #: witness, what, time; oldest first
    revision: int = 0

    def document(self) -> dict[str, Any]:
        """The job as JSON's types, as the page gets it."""
        return {name: getattr(self, name) for name in _SHOWN} | {"marks": list(self.marks)}

    @property
    def may_be_done(self) -> bool:
        """Whether the page has sent it, and nothing is known to be wrong with it: of a stranger's
        own picture only the worker can tell.
        """
        return bool(self.answer and self.picture) and (self.sound or self.status != "FAILED")

    def mark(self, witness: str, what: str, at: float, place: str | None = None) -> None:
        """Something that was seen of it. It moves only to a later place: who tells late moves
        nothing back.
        """
        self.marks.append({"witness": witness, "what": what, "time": at})
        self.marks.sort(key=lambda mark: mark["time"])
        del self.marks[MOST_MARKS:]
        # A row shows that it is somebody's job after all.
        late = at < self.moved and self.place != NOWHERE
        if place is None or self.place == "done" or late:
            return
        self.place, self.moved, self.stray = place, at, False

    def told_by(self, witness: str) -> str:
        """The latest word of one witness; "" where it has said nothing."""
        words = [mark["what"] for mark in self.marks if mark["witness"] == witness]
        return str(words[-1]) if words else ""
