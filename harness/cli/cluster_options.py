"""``--tls`` and ``--without-tls``: how a cluster's machines know each other."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness.texts import say


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Both options."""
    return click.option(
        "--tls",
        metavar="DIR",
        type=click.Path(exists=True, file_okay=False, path_type=Path),
        help=say("cluster.option-tls"),
    )(click.option("--without-tls", is_flag=True, help=say("cluster.option-without-tls"))(command))
