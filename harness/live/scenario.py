"""The scenario "killed in mid-job": the lab's own loop and the kit's, each as a real lab of its
own, meet the same fault at the same moment. What their witnesses saw is the recording.

The second of three jobs takes long in both. Once both workers have it in hand they are killed
(SIGKILL), and started again; then both are given the same time to bring it to its end.
"""

import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from harness.lab6.pictures import make_params, make_picture
from harness.lab6.requests import picture_job
from harness.live.board import Board
from harness.live.board_track import board_track
from harness.live.job import FINAL
from harness.live.recording import Track, to_document
from harness.live.thumbs import Thumbs
from harness.live.watch import LabWatch
from harness.loops import build_lab, with_far_storage, with_short_terms
from harness.stack import open_stack
from harness.stack.base import OwnStack
from harness.stack.errors import StackError
from harness.stack.waiting import until
from harness.texts import LANGUAGES, catalogue
from harness.trace import Kind
from harness.witness.http import Api
from harness.witness.redis import RedisWitness

LOOPS = ("lab", "kit")
LONG_JOB = 2  #: the number of the one that takes long
_ACTIONS = ("grayscale", "resize", "crop")
_LONG_S = 4.0
_DEADLINE_S = 90.0


class Side:
    """One of the labs that are compared, watched."""

    def __init__(self, loop: str, stack: OwnStack, board: Board) -> None:
        self.loop = loop
        self.stack = stack
        self._board = board
        self._thumbs = Thumbs()

    def submit(self) -> None:
        """Three jobs, one after another."""
        dice = np.random.default_rng(6)
        pictures = [make_picture(dice) for _ in _ACTIONS]  # before: the long job is under way soon
        with Api(self.stack.url) as api:
            for action, picture in zip(_ACTIONS, pictures, strict=True):
                params = make_params(dice, action, picture.size)
                answer = api.submit(picture_job(picture.data, action, params))
                name = self._thumbs.keep(picture.data)
                self._board.answered(answer, action, params, name, sound=True)

    def kill(self) -> None:
        """SIGKILL to its worker."""
        self._board.noted("kill-worker", held=[state.name for state in self.stack.state("worker")])
        self.stack.kill("worker")

    def revive(self) -> None:
        """Start the worker again."""
        self._board.noted("start-worker")
        self.stack.start("worker")
        self._board.released("kill-worker")

    def has_begun(self, number: int) -> bool:
        """Whether the worker has this job in hand."""
        return Kind.PROCESSING.value in self._told(number)

    def has_ended(self, number: int) -> bool:
        """Whether the job's row is final."""
        return any(job["number"] == number and job["status"] in FINAL for job in self._jobs())

    def rests(self) -> bool:
        """Whether the worker waits, and no message does."""
        with RedisWitness.of(self.stack) as redis:
            return bool(redis.blocked()) and not redis.queue_length()

    def track(self) -> Track:
        """What was seen until now."""
        name = {lang: catalogue(lang)[f"live.scenario-{self.loop}"] for lang in LANGUAGES}
        return board_track(name, self._board, self._thumbs, over=True)

    def _jobs(self) -> tuple[dict[str, Any], ...]:
        return self._board.record()[0]

    def _told(self, number: int) -> set[str]:
        jobs = (job for job in self._jobs() if job["number"] == number)
        return {mark["what"] for job in jobs for mark in job["marks"] if mark["witness"] == "log"}


def killed_in_mid_job(
    runtime: str, tell: Callable[[str], None], over: threading.Event
) -> dict[str, Any]:
    """The recording of both. ``tell`` gets the name of each step; set ``over`` to end it early,
    which raises ``StackError("scenario-ended")``. ``scenario-missed`` where the machine was so slow
    that the job had ended before the kill.
    """
    tell("start")
    with _both(runtime, over) as sides, ThreadPoolExecutor(len(LOOPS)) as pool:

        def together(act: Callable[[Side], object]) -> None:
            list(pool.map(act, sides))

        def wait(what: str, holds: Callable[[Side], bool]) -> None:
            together(
                lambda side: until(_unless(over, holds, side), deadline_s=_DEADLINE_S, what=what)
            )

        tell("submit")
        together(Side.submit)
        wait("PROCESSING", lambda side: side.has_begun(LONG_JOB))
        tell("kill")
        together(Side.kill)
        if any(side.has_ended(LONG_JOB) for side in sides):
            raise StackError("scenario-missed")
        tell("revive")
        together(Side.revive)
        wait("COMPLETED", lambda side: side.has_ended(LONG_JOB + 1) and side.rests())
        # As long as the kit's loop needs to find the job: the lab's gets no second less.
        kit = sides[LOOPS.index("kit")]
        saved = _unless(over, lambda side: side.has_ended(LONG_JOB) and side.rests(), kit)
        until(saved, deadline_s=_DEADLINE_S, what="COMPLETED")
        title = {lang: catalogue(lang)["live.scenario-title"] for lang in LANGUAGES}
        return to_document(title, [side.track() for side in sides])


def _unless(over: threading.Event, holds: Callable[[Side], bool], side: Side) -> Callable[[], bool]:
    def condition() -> bool:
        if over.is_set():
            raise StackError("scenario-ended")
        return holds(side)

    return condition


@contextmanager
def _both(runtime: str, over: threading.Event) -> Iterator[list[Side]]:
    """Both labs, up and watched; gone afterwards, whatever happened."""
    place = Path(tempfile.mkdtemp(prefix="lab6-scenario-"))
    try:
        with ExitStack() as ending, ThreadPoolExecutor(len(LOOPS)) as pool:
            stacks = [open_stack(runtime, lab=_lab(loop, place / loop)) for loop in LOOPS]
            for stack in stacks:
                ending.callback(stack.down)
            list(pool.map(lambda stack: _up(stack, place, over), stacks))
            sides = []
            for loop, stack in zip(LOOPS, stacks, strict=True):
                board = Board()
                ending.enter_context(LabWatch(stack, board))
                sides.append(Side(loop, stack, board))
            yield sides
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _up(stack: OwnStack, place: Path, over: threading.Event) -> None:
    """Start it; each step may be the last one, and from the first on the folder goes with it."""
    own = threading.get_ident()

    def step(_: str) -> None:
        if threading.get_ident() != own:
            return  # a line of a build, told by the thread that must go on reading them
        stack.remove_with(place)
        if over.is_set():
            raise StackError("scenario-ended")

    stack.up(step)


def _lab(loop: str, folder: Path) -> Path:
    """The loop's lab, with a long job; the kit's looks for lost jobs sooner than it does in
    earnest, so that nobody waits for a quarter of a minute.
    """
    lab = with_far_storage(build_lab(loop, folder), _ACTIONS[LONG_JOB - 1], _LONG_S)
    return with_short_terms(lab) if loop == "kit" else lab
