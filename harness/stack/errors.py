"""What can go wrong with a stack, named by a reference; the words for people live in the texts."""


class StackError(Exception):
    """A stack could not do what was asked.

    ``reference`` is a kebab-case id (``port-busy``), ``facts`` fill the text of that id.
    """

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts
