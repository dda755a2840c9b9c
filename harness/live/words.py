"""Sentences that the page can show in either language: why a button did nothing, which rules a line breaks."""

from harness.stack.errors import StackError
from harness.texts import LANGUAGES, catalogue
from harness.trace import Seen
from harness.witness.errors import WitnessError


class Refusal(Exception):  # noqa: N818 - nothing went wrong
    """What was asked for cannot be had now. ``reference`` is one of ``live.refusal`` in the texts."""

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
    broken = [(one.rule, one.case, one.facts) for one in seen.violations]
    event = seen.event
    if event and event.fault and "malformed" not in {rule for rule, _, _ in broken}:
        broken.append(("malformed", event.fault, {"text": event.text}))
    return [{lang: _sentence(lang, *one) for lang in LANGUAGES} for one in broken]


def _sentence(lang: str, rule: str, case: str, facts: dict[str, object]) -> str:
    texts = catalogue(lang)
    return f"{texts[f'rules.{rule}.title']}: {texts[f'rules.{rule}.{case}'].format(**facts)}"
