"""A witness that could not see. Never to be read as "it did not happen"."""


class WitnessError(Exception):
    """The witness lost its connection, or was told nonsense: the fact stays unknown.

    ``reference`` is a kebab-case id (``witness-redis``), ``facts`` fill the text of that id.
    """

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts


class WaitTimeoutError(WitnessError):
    """What was awaited did not come before its deadline. Whether that is a failure, the caller
    decides.
    """
