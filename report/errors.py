"""What keeps a report from being written, named by a reference; the words for people live in
the texts.
"""


class ReportError(Exception):
    """There is nothing to report of, or no place for it.

    ``reference`` is a kebab-case id (``report-source``), ``facts`` fill the text of that id.
    """

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts
