"""What keeps the grader itself from working, named by a reference; the words for people live in the
texts."""


class GradeError(Exception):
    """The grader cannot do its part: nobody is judged.

    ``reference`` is a kebab-case id (``folder-unwritable``), ``facts`` fill the text of that id.
    """

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts
