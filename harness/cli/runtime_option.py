"""``--runtime`` and ``--context``: on what a command runs the lab, and which cluster is meant."""

import os
from collections.abc import Callable
from typing import Any

import click

from harness.texts import say

RUNTIMES = ("auto", "compose", "embedded", "kubernetes")
#: Read where a cluster is opened, also by the processes that a command starts.
_NAMED = "LAB6_KUBE_CONTEXT"


def runtime_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Both options; the command gets ``runtime``, the context goes by the environment."""
    return click.option(
        "--runtime",
        type=click.Choice(RUNTIMES),
        default="auto",
        help=say("cli.option-runtime"),
    )(context_option(command))


def context_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """``--context`` alone."""
    return click.option(
        "--context",
        metavar="NAME",
        expose_value=False,
        callback=_name_context,
        help=say("cli.option-context"),
    )(command)


def _name_context(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value:
        os.environ[_NAMED] = value
