"""Where a log comes from that is named by its container."""

from collections.abc import Iterator
from typing import Protocol

from harness.stack.errors import StackError

#: The lab's container names, for a lab that runs without containers.
_CONTAINERS = {
    "redis_queue_cache": "redis",
    "postgres_db": "postgres",
    "image_api_gateway": "api",
    "image_worker_service": "worker",
}


class ContainerLines(Iterator[bytes], Protocol):
    """ContainerLines that end when they are closed."""

    def close(self) -> None:
        """Stop reading the log."""


def container_log(name: str, *, follow: bool) -> ContainerLines:
    """The lines of a container's log; of the same service, where the lab runs without Docker.

    ``StackError("container-missing")`` where neither is there.
    """
    from harness.stack.background import find_kept
    from harness.stack.container_logs import container_logs

    kept = find_kept()
    if kept is not None:
        service = _CONTAINERS.get(name, name)
        try:
            return kept.logs(service, follow=follow)
        except StackError:
            pass  # not one of its services: perhaps a container all the same
    return container_logs(name, follow=follow)
