"""What an image holds where its service has a volume: Docker copies it into a volume that is new.
Not into one that lies in memory, which is empty again whenever nobody has it open.
"""

import io
import tarfile
from contextlib import suppress
from typing import Any

from harness.stack import docker_door as door
from harness.stack.errors import StackError
from harness.stack.leftovers import OWNER_LABEL
from harness.stack.sandbox_project import RUN_LABEL

_WHOSE = (RUN_LABEL, OWNER_LABEL, "com.docker.compose.project")
_MOST = 8 << 20  #: bytes: folders and a few files; several copies of it are in memory at once


def fill(container: Any) -> None:
    """Copy into each volume of a running container what its image holds there."""
    for mount in container.attrs["Mounts"]:
        if mount.get("Type") == "volume":
            with suppress(StackError):  # not there, or too much: then it stays empty
                content = _within(container, mount["Destination"])
                if content is not None:
                    with door.named_errors(container.name):
                        container.put_archive(mount["Destination"], content)


def _within(container: Any, folder: str) -> bytes | None:
    """A tar of all below this folder of its image; None where it is empty, or too large."""
    image = container.attrs["Image"]
    # By these labels it goes with the run, should this process be killed meanwhile.
    labels = {name: value for name, value in container.labels.items() if name in _WHOSE}
    with door.named_errors(image):
        made = door.client().containers.create(
            image, command=["true"], network_mode="none", labels=labels
        )
    try:
        with door.named_errors(image):
            pieces, _ = made.get_archive(folder)
            data = bytearray()
            for piece in pieces:
                data += piece
                if len(data) > _MOST:
                    return None
    finally:
        with door.named_errors(image):
            made.remove(force=True, v=True)
    return _below(bytes(data))


def _below(data: bytes) -> bytes | None:
    """The same without the folder itself, whose rights are the volume's own."""
    made, count = io.BytesIO(), 0
    with (
        tarfile.open(fileobj=io.BytesIO(data)) as whole,
        tarfile.open(fileobj=made, mode="w") as new,
    ):
        for member in whole:
            _, _, name = member.name.partition("/")
            if name and (member.isdir() or member.isreg()):
                member.name = name
                new.addfile(member, whole.extractfile(member) if member.isreg() else None)
                count += 1
    return made.getvalue() if count else None
