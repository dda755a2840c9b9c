"""Why something that was handed in is not taken, named by a reference; the words live in
``intake.toml``.
"""


class Refused(Exception):  # noqa: N818 - a decision about a work, not a fault of the kit
    """An archive that is not unpacked, or a work that cannot be told from another.

    ``reason`` is a key under ``intake``, ``facts`` fill its text.
    """

    def __init__(self, reason: str, /, **facts: object) -> None:
        super().__init__(f"{reason}: {facts}")
        self.reason = reason
        self.facts = facts
