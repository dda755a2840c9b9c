"""The gate: the one container between a submission's closed network and this machine.

It runs in the grader's own image with this file's text as its command, and passes bytes on: each
argument ``PORT=HOST:PORT`` is a port that it listens on and where that leads. It knows nothing of
the kit.
"""

import asyncio
import sys

_CHUNK = 64 * 1024
_CONNECT_S = 5


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.close()


async def _connect(
    host: str, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """One connection, both ways, until both ends are done. Who is not there is told by a closed
    door.
    """
    try:
        there = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECT_S)
    except (OSError, TimeoutError):
        writer.close()
        return
    try:
        await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))
    finally:
        there[1].close()
        writer.close()


async def _serve(routes: list[str]) -> None:
    servers = []
    for route in routes:
        port, _, target = route.partition("=")
        host, _, there = target.rpartition(":")

        async def come(
            reader: asyncio.StreamReader,
            writer: asyncio.StreamWriter,
            host: str = host,
            there: str = there,
        ) -> None:
            await _connect(host, int(there), reader, writer)

        servers.append(await asyncio.start_server(come, "0.0.0.0", int(port)))  # noqa: S104
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1:]))
