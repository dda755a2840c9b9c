"""Click's commands and groups, with their own words in the process's language.

Click keeps its words in English; here they come from the texts, as all others do. What click
complains of is put into words by ``problems.py``.
"""

import importlib
import re
from collections.abc import Mapping
from typing import Any

import click

from harness.cli.problems import UsageProblem, no_such_command
from harness.texts import has, say

_METAVAR = re.compile("[A-Z]{2,}")


class TaughtCommand(click.Command):
    """A command whose help and usage speak the kit's language."""

    @classmethod
    def of(cls, command: click.Command) -> "TaughtCommand":
        """The same command, taught."""
        if isinstance(command, cls):
            return command
        return cls(
            name=command.name,
            context_settings=command.context_settings,
            callback=command.callback,
            params=command.params,
            help=command.help,
            epilog=command.epilog,
        )

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        settings["options_metavar"] = say("cli.options-metavar")
        super().__init__(*arguments, **settings)
        for param in self.params:
            param.metavar = param.metavar and _METAVAR.sub(_named, param.metavar)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click's, but what is left over is told in the kit's words."""
        ctx.allow_extra_args = True
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            error.ctx = error.ctx or ctx  # click's parser does not always say in which command
            raise
        if rest:
            raise UsageProblem("extra-argument", name=" ".join(rest), command=ctx.command_path)
        return rest

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help``, described in the kit's language."""
        return _translated(super().get_help_option(ctx))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of options."""
        _write_options(self, ctx, formatter)


class LazyGroup(click.Group):
    """Commands that are imported when they are called: ``--help`` of the group imports none.

    ``sections`` maps a section of the help to its commands, and a command's name to
    ``module:attribute``. Their words are the texts ``<texts>.sections.<section>`` and
    ``<texts>.commands.<name>``.
    """

    def __init__(
        self,
        *arguments: Any,
        sections: Mapping[str, Mapping[str, str]],
        texts: str = "cli",
        **settings: Any,
    ) -> None:
        settings["options_metavar"] = say("cli.options-metavar")
        settings["subcommand_metavar"] = say("cli.command-metavar")
        super().__init__(*arguments, **settings)
        self._sections = sections
        self._lazy = {
            name: place for commands in sections.values() for name, place in commands.items()
        }
        self._texts = texts

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order in which a student meets them."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; None where there is none of that name."""
        place = self._lazy.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        command = getattr(importlib.import_module(module), attribute)
        return command if isinstance(command, LazyGroup) else TaughtCommand.of(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` begin with; an unknown one is told with the nearest name.

        ``help`` is no command, and understood all the same: ``help [COMMAND]`` is ``[COMMAND]
        --help``.
        """
        if args and args[0] == "help" and len(args) < 2:
            click.echo(ctx.get_help())
            ctx.exit()
        if args and args[0] == "help":
            args = [args[1], "--help"]
        if args and args[0] not in self._lazy and not args[0].startswith("-"):
            raise no_such_command(args[0], self._lazy, ctx.command_path)
        return super().resolve_command(ctx, args)

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """``--help``, described in the kit's language."""
        return _translated(super().get_help_option(ctx))

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The usage line."""
        _write_usage(self, ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The tables of commands, then that of options; all of one width."""
        width = max(map(len, self._lazy))
        for section, commands in self._sections.items():
            with formatter.section(say(f"{self._texts}.sections.{section}")):
                formatter.write_dl(
                    [
                        (name.ljust(width), say(f"{self._texts}.commands.{name}"))
                        for name in commands
                    ]
                )
        _write_options(self, ctx, formatter)


def _named(metavar: re.Match[str]) -> str:
    """What stands for a value, in the kit's language: FILE, DIR."""
    key = f"cli.metavar.{metavar[0].lower()}"
    return say(key) if has(key) else metavar[0]


def _translated(option: click.Option | None) -> click.Option | None:
    if option is not None:
        option.help = say("cli.option-help")
    return option


def _write_usage(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    pieces = " ".join(command.collect_usage_pieces(ctx))
    formatter.write_usage(ctx.command_path, pieces, prefix=say("cli.usage") + " ")


def _write_options(
    command: click.Command, ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    records = [
        record
        for param in command.get_params(ctx)
        if isinstance(param, click.Option) and (record := param.get_help_record(ctx))
    ]
    words = {
        "[required]": f"[{say('cli.required')}]",
        "[default: ": f"[{say('cli.default')}: ",
        "<=x<=": "…",
        "x>=": "≥ ",
        "x<=": "≤ ",
    }
    with formatter.section(say("cli.options")):
        formatter.write_dl([(name, _worded(text, words)) for name, text in records])


def _worded(text: str, words: dict[str, str]) -> str:
    for ours, theirs in words.items():
        text = text.replace(ours, theirs)
    return text
