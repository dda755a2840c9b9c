"""A user's mistake on the command line, in words of the kit's own texts."""

import re
from collections.abc import Iterable

import click

from harness.texts import has, say


class UsageProblem(Exception):  # noqa: N818 - said to a user, who made no "error"
    """The command cannot be understood, or cannot be done as it was said.

    ``reference`` is a kebab-case id (``no-such-option``), ``facts`` fill the text of that id.
    """

    def __init__(self, reference: str, /, **facts: object) -> None:
        super().__init__(f"{reference}: {facts}")
        self.reference = reference
        self.facts = facts


def from_click(error: click.ClickException) -> UsageProblem:
    """Click's complaint in the kit's words."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "lab6"
    if isinstance(error, click.NoSuchOption):
        return _no_such_option(error, context, command)
    if isinstance(error, click.MissingParameter) and error.param is not None:
        kind = "missing-argument" if isinstance(error.param, click.Argument) else "missing-option"
        return UsageProblem(kind, name=_name(error.param), command=command)
    if isinstance(error, click.BadParameter) and error.param is not None:
        return _bad_value(error.param, error.message, command)
    if isinstance(error, click.BadOptionUsage):
        named = _option(context, error.option_name)
        kind = "option-takes-no-value" if named and named.is_flag else "option-needs-value"
        return UsageProblem(kind, name=error.option_name, command=command)
    return UsageProblem("usage", reason=error.format_message().rstrip("."), command=command)


def no_such_command(name: str, known: Iterable[str], command: str) -> UsageProblem:
    """An unknown command, and the known one that is spelt most like it."""
    return UsageProblem(
        "no-such-command", name=name, nearest=_nearest(name, known), command=command
    )


def _no_such_option(
    error: click.NoSuchOption, context: click.Context | None, command: str
) -> UsageProblem:
    known = [name for param in _params(context) for name in param.opts if name.startswith("--")]
    nearest = _nearest(error.option_name, known)
    return UsageProblem("no-such-option", name=error.option_name, nearest=nearest, command=command)


def _nearest(name: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word; empty where none is near."""
    import difflib

    matches = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.6)
    return " " + say("cli.did-you-mean", name=matches[0]) if matches else ""


def _bad_value(param: click.Parameter, reason: str, command: str) -> UsageProblem:
    name = _name(param)
    if isinstance(param.type, click.Choice):
        known = [str(choice) for choice in param.type.choices]
        value = quoted[1] if (quoted := re.match("'(.*?)' ", reason)) else ""
        facts = {"value": value, "nearest": _nearest(value, known), "choices": ", ".join(known)}
        return UsageProblem("bad-choice", name=name, command=command, **facts)
    if isinstance(param.type, click.IntRange):
        least, most = param.type.min, param.type.max
        return UsageProblem("bad-number", name=name, least=least, most=most, command=command)
    if isinstance(param.type, click.Path) and (quoted := re.search("'(.*)'", reason)):
        kind = "bad-file" if param.type.file_okay else "bad-folder"
        return UsageProblem(kind, path=quoted[1])
    return UsageProblem("bad-value", name=name, reason=reason.rstrip("."), command=command)


def _name(param: click.Parameter) -> str:
    if isinstance(param, click.Argument):
        key = f"cli.argument.{param.name}"
        return say(key) if has(key) else param.human_readable_name.strip("[].")
    return max(param.opts, key=len)


def _option(context: click.Context | None, name: str) -> click.Option | None:
    return next(
        (
            option
            for option in _params(context)
            if isinstance(option, click.Option) and name in option.opts
        ),
        None,
    )


def _params(context: click.Context | None) -> list[click.Parameter]:
    return context.command.get_params(context) if context else []
