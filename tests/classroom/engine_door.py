"""A door to this machine's Engine: whoever is given it loses its Engine when this process ends.

``python -m tests.classroom.engine_door SOCKET``
"""

import asyncio
import os
import sys

ENGINE = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")
_CHUNK = 64 * 1024


async def stand_open(near: str) -> None:
    """Every connection to ``near`` is one to the Engine."""
    async with await asyncio.start_unix_server(_join, near) as server:
        await server.serve_forever()


async def _join(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    from_engine, to_engine = await asyncio.open_unix_connection(ENGINE)
    try:
        await asyncio.gather(_carry(reader, to_engine), _carry(from_engine, writer))
    except ConnectionError:
        pass  # one of them left first
    finally:
        to_engine.close()
        writer.close()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(_CHUNK):
        writer.write(chunk)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


if __name__ == "__main__":
    asyncio.run(stand_open(sys.argv[1]))
