"""Errors that a notebook's reader may meet: two sentences in their language instead of a
traceback.
"""

from harness.texts import Explainable, explain


class LessonError(Exception):
    """Something the reader can mend. ``reference`` and ``facts`` as in every error of the kit."""

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts

    @classmethod
    def of(cls, error: Explainable) -> "LessonError":
        """The same error of another room, for a notebook."""
        return cls(error.reference, **error.facts)

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in place of a traceback."""
        return list(explain(self))
