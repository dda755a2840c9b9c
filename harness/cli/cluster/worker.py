"""A machine of the cluster: a Dask worker with one resource ``engine`` a slot, until its
scheduler is gone or Ctrl-C.
"""

import asyncio
import logging
import os
import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from harness.cli.attempt import works_clock
from harness.cli.cluster.door import is_loopback
from harness.cli.cluster.roster import ENGINE
from harness.cli.problems import UsageProblem
from harness.lateness.clock import measured

if TYPE_CHECKING:
    from distributed.security import Security

_CONNECT_S = 30
_TAKEN = "name taken"  #: how Dask's scheduler refuses a second machine of a name


def work_for(address: str, slots: int, security: "Security | None", name: str | None) -> None:
    """Serve the scheduler; returns when it is gone.

    ``UsageProblem``: ``cluster-silent``, ``cluster-name`` where another machine has it.
    """
    own_name = name or f"{socket.gethostname()}-{os.getpid()}"
    with measured(works_clock()):
        asyncio.run(_work(address, slots, security, own_name))


async def _work(address: str, slots: int, security: "Security | None", name: str) -> None:
    import dask
    from distributed import Worker

    logging.getLogger("distributed").setLevel(logging.WARNING)
    dask.config.set({"distributed.comm.timeouts.connect": f"{_CONNECT_S}s"})
    try:
        worker = Worker(
            address,
            host=_listens_on(address, security),
            name=name,
            nthreads=slots,
            resources={ENGINE: slots},
            security=security,
            memory_limit=0,  # its works run in processes of their own, with limits of their own
            dashboard_address="127.0.0.1:0",
            dashboard=False,
            validate=False,
        )
        # Dask's own limit is that of one try, and it tries for ever.
        async with asyncio.timeout(_CONNECT_S):
            await worker
    except (OSError, TimeoutError) as error:
        raise UsageProblem("cluster-silent", address=address) from error
    except RuntimeError as error:
        if _TAKEN in str(error.__cause__):
            raise UsageProblem("cluster-name", name=name, address=address) from error
        raise
    try:
        await worker.finished()
    finally:
        await worker.close(executor_wait=False)


def _listens_on(address: str, security: "Security | None") -> str | None:
    """Where it hears the others; None: in every network.

    By default Dask hears all of them, wherever its scheduler is, and who can speak to a machine
    without certificates runs anything there.
    """
    alone = security is None and is_loopback(urlsplit(address).hostname or "")
    return "127.0.0.1" if alone else None
