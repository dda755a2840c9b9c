"""What can be wrong with the inputs of a verdict, named by a reference; the texts hold the
words.
"""


class TraceError(Exception):
    """A log, a profile or a list of submitted ids cannot be used.

    ``reference`` is a kebab-case id (``profile-regex``), ``facts`` fill the text of that id.
    """

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts
