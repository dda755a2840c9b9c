"""What the sandbox did to a submission's compose file, so that nobody has to guess."""

from dataclasses import dataclass, field

from harness.texts import say

_MOST = 200  #: of one submission: a report is read by people


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeChange:
    """One thing dropped or changed; the texts hold ``sandbox.<reason>``."""

    where: str  #: e.g. ``services.api.privileged``
    reason: str
    value: str = ""

    @property
    def sentence(self) -> str:
        """In the process's language."""
        return say(f"sandbox.{self.reason}", value=self.value)


@dataclass(slots=True)
class Changes:
    """Gathers what was dropped or changed, in the order of the file."""

    found: list[ComposeChange] = field(default_factory=list)

    def add(self, where: str, reason: str, value: object = "") -> None:
        """Note one thing that was dropped or changed, up to as many as people read."""
        if len(self.found) < _MOST:
            self.found.append(ComposeChange(where=where, reason=reason, value=str(value)[:200]))
