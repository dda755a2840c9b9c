"""Sentences that the page can show in either language: why a button did nothing, which rules a
line breaks.
"""

from harness.stack.errors import StackError
from harness.texts import LANGUAGES, catalogue
from harness.texts.violations import titled_message
from harness.trace import Seen, Violation
from harness.witness.errors import WitnessError


class Refusal(Exception):  # noqa: N818 - nothing went wrong
    """What was asked for cannot be had now. ``reference`` is one of ``live.refusal`` in the
    texts.
    """

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts


def in_words(error: Refusal | StackError | WitnessError) -> dict[str, str]:
    """The sentence of a refusal, or what is wrong by the errors' own texts, a language each."""
    table = "live.refusal.{}" if isinstance(error, Refusal) else "errors.{}.what"
    key = table.format(error.reference)
    return {lang: catalogue(lang)[key].format(**error.facts) for lang in LANGUAGES}


def broken_rules(seen: Seen) -> list[dict[str, str]]:
    """The rules that a line breaks, a sentence each, in every language.

    That a line is malformed is a violation of its job once; here every such line is told of.
    """
    broken, event = list(seen.violations), seen.event
    if event and event.fault and "malformed" not in {violation.rule for violation in broken}:
        facts: dict[str, object] = {"text": event.text}
        malformed = Violation(
            rule="malformed",
            case=event.fault,
            job_id=event.job_id,
            lines=(event.line,),
            facts=facts,
        )
        broken.append(malformed)
    return [{lang: titled_message(violation, lang) for lang in LANGUAGES} for violation in broken]
