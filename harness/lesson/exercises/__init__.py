"""Exercises that check themselves. An unsolved one is no error: the notebook runs to its end with
it.

An exercise ``consumer.parse-job-data`` is the function of that name in ``CHECKS`` of the module
``consumer`` beside this file. It raises ``NotYet`` or ``Wrong``; its words are
``lesson-consumer.parse-job-data.*`` in the texts: ``hint-1``, ``hint-2``, … (each attempt shows the
next one), ``solved``, and ``wrong-<case>``.
"""

import importlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from harness.texts import has, say

_tried: Counter[str] = Counter()


class NotYet(Exception):  # noqa: N818 - nothing is wrong
    """The reader has not written an answer yet."""


class Wrong(Exception):  # noqa: N818 - about the answer, not about the code
    """The answer is not right: which case of the texts, and its facts."""

    def __init__(self, case: str, /, **facts: object) -> None:
        super().__init__(f"{case}: {facts}")
        self.case = case
        self.facts = facts


class Crashed(Exception):  # noqa: N818 - the reader's code did
    """The reader's code raised this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a checking cell shows."""

    id: str
    state: str  #: unsolved, wrong, solved
    told: str  #: Markdown

    @property
    def solved(self) -> bool:
        """Whether the answer is right."""
        return self.state == "solved"

    def __repr__(self) -> str:
        return self.told

    def _repr_markdown_(self) -> str:
        return "\n".join(f"> {line}" if line else ">" for line in self.told.split("\n"))


def exercise(name: str, answer: Any) -> Outcome:
    """Check the answer: praise and what was learnt, or what is amiss and the next hint."""
    notebook, _, short = name.partition(".")
    checks: dict[str, Callable[[Any], None]]
    checks = importlib.import_module(f"harness.lesson.exercises.{notebook}").CHECKS
    texts = f"lesson-{notebook}.{short}"
    try:
        if answer is None or answer is ...:
            raise NotYet
        checks[short](answer)
    except NotYet:
        return _outcome(name, "unsolved", say("lesson.exercise.unsolved"), say(f"{texts}.hint-1"))
    except Wrong as wrong:
        return _outcome(name, "wrong", _why(texts, wrong), _next_hint(name, texts))
    except Crashed as crash:
        error = crash.__cause__
        text = say("lesson.exercise.crashed", kind=type(error).__name__, error=error)
        return _outcome(name, "wrong", text, _next_hint(name, texts))
    return Outcome(
        id=name, state="solved", told=f"{say('lesson.exercise.solved')} {say(f'{texts}.solved')}"
    )


def returned(function: Any, *arguments: Any) -> Any:
    """What the reader's function returns; ``NotYet`` where it still has its placeholder. One
    that returns None lacks its ``return``.
    """
    if not callable(function):
        raise Wrong("no-function")
    with readers_code():
        value = function(*arguments)
    if value is ...:
        raise NotYet
    if value is None:
        raise Wrong("no-return")
    return value


@contextmanager
def readers_code() -> Iterator[None]:
    """Whatever the reader's code raises within it is told to them, and is no error of the
    notebook.
    """
    try:
        yield
    except NotImplementedError as error:
        raise NotYet from error
    except Exception as error:
        raise Crashed from error


def _why(texts: str, wrong: Wrong) -> str:
    key = f"{texts}.wrong-{wrong.case}"
    if not has(key):
        key = f"lesson.exercise.wrong-{wrong.case}"
    return f"{say('lesson.exercise.wrong')} {say(key, **wrong.facts)}"


def _next_hint(name: str, texts: str) -> str:
    """The next hint; the last one stays."""
    _tried[name] += 1
    number = _tried[name]
    while number > 1 and not has(f"{texts}.hint-{number}"):
        number -= 1
    return say(f"{texts}.hint-{number}")


def _outcome(name: str, state: str, what: str, hint: str) -> Outcome:
    return Outcome(id=name, state=state, told=f"{what}\n\n*{say('verify.hint')}:* {hint}")
