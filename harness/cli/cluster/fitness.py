"""Whether a machine can grade what is asked: the same kit, the same rubric, and something to
run works on.
"""

import hashlib
import os
from dataclasses import dataclass
from importlib.metadata import version

from harness.cli.cluster.rooms import rooms_gone
from harness.cli.kept import judged_by
from harness.grade.verdict.rubric import RUBRIC
from harness.stack.errors import StackError
from harness.texts import explain, say

TRUSTS = "LAB6_WORKER_TRUSTS"  #: set by ``lab6 grade-worker --trust``


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What must be the same on every machine."""

    version: str
    judges: str  #: hash of code, requirements and limits
    rubric: str  #: hash of points and texts


def this_kit(runtime: str) -> Kit:
    """The one that is installed here."""
    text = RUBRIC.read_text(encoding="utf-8")
    return Kit(
        version=version("lab6-kit"),
        judges=judged_by(runtime, None),
        rubric=hashlib.sha256(text.encode()).hexdigest(),
    )


def unfit(runtime: str, kit: Kit) -> str:
    """Why this machine cannot, in words; "" where it can."""
    own = this_kit(runtime)
    if own != kit:
        return say("cluster.other-kit", theirs=own.version, ours=kit.version)
    if runtime == "embedded" and os.environ.get(TRUSTS) != "1":
        return say("cluster.untrusting")
    return rooms_gone() or runtime_gone(runtime)


def runtime_gone(runtime: str) -> str:
    """Why nothing can be run here now, in words; "" where it can."""
    from harness.stack.docker_door import engine
    from harness.stack.servers import find_postgres, find_redis

    try:
        if runtime == "compose":
            engine()
        else:
            find_postgres()
            find_redis()
    except StackError as error:
        return explain(error)[0]
    return ""
