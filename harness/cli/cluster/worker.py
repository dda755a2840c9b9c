"""A machine of the cluster: a Dask worker with one resource ``engine`` a slot, until its
scheduler is gone or Ctrl-C.
"""

import asyncio
import logging
import os
import socket
from typing import TYPE_CHECKING

from harness.cli.cluster.roster import ENGINE
from harness.cli.problems import UsageProblem

if TYPE_CHECKING:
    from distributed.security import Security

_CONNECT_S = 30


def work_for(address: str, slots: int, security: "Security | None", name: str | None) -> None:
    """Serve the scheduler; returns when it is gone. ``UsageProblem("cluster-silent")``."""
    asyncio.run(_work(address, slots, security, name or f"{socket.gethostname()}-{os.getpid()}"))


async def _work(address: str, slots: int, security: "Security | None", name: str) -> None:
    import dask
    from distributed import Worker

    logging.getLogger("distributed").setLevel(logging.WARNING)
    dask.config.set({"distributed.comm.timeouts.connect": f"{_CONNECT_S}s"})
    try:
        worker = await Worker(
            address,
            name=name,
            nthreads=slots,
            resources={ENGINE: slots},
            security=security,
            memory_limit=0,  # its works run in processes of their own, with limits of their own
            dashboard_address="127.0.0.1:0",
            dashboard=False,
            validate=False,
        )
    except (OSError, TimeoutError) as error:
        raise UsageProblem("cluster-silent", address=address) from error
    try:
        await worker.finished()
    finally:
        await worker.close(executor_wait=False)
