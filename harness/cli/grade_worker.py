"""``lab6 grade-worker``: lend this machine to a group's grading."""

import os
from pathlib import Path

import click

from harness.cli.cluster_options import cluster_options
from harness.cli.terminal import err
from harness.texts import say


@click.command(help=say("cluster.worker-help"))
@click.argument("scheduler", metavar="ADDRESS")
@click.option(
    "--slots", type=click.IntRange(1, 16), default=1, metavar="N", help=say("cluster.option-slots")
)
@click.option("--name", metavar="NAME", help=say("cluster.option-name"))
@click.option("--trust", is_flag=True, help=say("cluster.option-worker-trust"))
@cluster_options
def grade_worker(
    scheduler: str, slots: int, name: str | None, trust: bool, tls: Path | None, without_tls: bool
) -> int:
    """Serve until the scheduler is gone or Ctrl-C."""
    from harness.cli.cluster.door import dask_is_there, security
    from harness.cli.cluster.fitness import TRUSTS
    from harness.cli.cluster.rooms import rooms_gone
    from harness.cli.cluster.worker import work_for
    from harness.cli.suite import suite_ready

    dask_is_there()
    suite_ready()
    secured = security(scheduler, tls, without=without_tls)
    os.environ[TRUSTS] = "1" if trust else "0"
    err().print(say("cluster.works", address=scheduler, slots=slots), markup=False, soft_wrap=True)
    if reason := rooms_gone():  # it may be mended meanwhile: each run asks anew
        err().print(reason, markup=False, soft_wrap=True)
    err().print(say("cluster.warning"), markup=False, soft_wrap=True)
    work_for(scheduler, slots, secured, name)
    err().print(say("cluster.scheduler-gone"), markup=False, soft_wrap=True)
    return 0
