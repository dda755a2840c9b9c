"""The page's buttons: what a person may do to the running lab, and what came of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np

from harness.lab6.pictures import ACTIONS, make_params, make_picture
from harness.lab6.requests import picture_job
from harness.live.board import Board
from harness.live.thumbs import Thumbs
from harness.live.words import Refusal, in_words
from harness.stack.base import Stack
from harness.stack.errors import StackError
from harness.witness.errors import WitnessError
from harness.witness.http import Answer, Api
from harness.witness.redis import RedisWitness

MOST_WORKERS = 8
MOST_BURST = 200
MALFORMED = "rubbish|without|a job"
_AT_ONCE = 4  #: submissions of a burst: the page shows a queue, not a stress test
_PICTURES = 12  #: different ones in a burst


class Actions:
    """What can be done to one lab; ``names`` are those of the buttons.

    One thing at a time is done to the services, and one burst beside it: whoever wants to see what
    a pause does must be able to make one while jobs come in.
    """

    def __init__(self, stack: Stack, board: Board) -> None:
        self._stack = stack
        self._board = board
        self.thumbs = Thumbs()
        self._alone = threading.Lock()
        self._one_burst = threading.Lock()
        self._pictures = np.random.default_rng()
        self._known: dict[str, Callable[[], None]] = {
            "pause-worker": self._pause,
            "unpause-worker": self._unpause,
            "start-worker": self._start,
            "restart-redis": self._restart_redis,
            "push-malformed": self._push_malformed,
            "add-worker": lambda: self._scale(+1),
            "remove-worker": lambda: self._scale(-1),
            "burst-20": lambda: self._burst(20),
            "burst-200": lambda: self._burst(MOST_BURST),
        }

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all buttons."""
        return ("kill-worker", *self._known)

    def do(self, name: str, replica: int | None = None) -> dict[str, str] | None:
        """Do it; None when it is done, else why not: a sentence a language. ``replica`` is the
        worker that is killed; None for all of them.

        ``KeyError`` where there is no such button.
        """
        replica = replica if name == "kill-worker" else None
        act = partial(self._kill, replica) if name == "kill-worker" else self._known[name]
        lock = self._one_burst if name.startswith("burst-") else self._alone
        if not lock.acquire(blocking=False):
            return in_words(Refusal("busy"))
        try:
            act()
        except (Refusal, StackError, WitnessError) as error:
            return in_words(error)
        finally:
            lock.release()
        self._board.happened(name, replica)
        return None

    def submit(
        self, picture: bytes, action: str, params: str, name: str, *, language: str | None = None
    ) -> Answer:
        """Send a picture as the lab's client would. ``WitnessError`` where the api does not
        answer.
        """
        with Api(self._stack.url, language=language) as api:
            return self._sent(api, picture, action, params, name)

    def _sent(
        self, api: Api, picture: bytes, action: str, params: str, name: str, *, sound: bool = False
    ) -> Answer:
        small = self.thumbs.keep(picture)
        answer = api.submit(picture_job(picture, action, params, name=name))
        self._board.answered(answer, action, params, small, sound=sound)
        return answer

    def _push_malformed(self) -> None:
        address, password = self._stack.redis_address, self._stack.redis_password
        with RedisWitness(address, password=password) as redis:
            self._board.noted("push-malformed")
            redis.push(MALFORMED)

    def _restart_redis(self) -> None:
        self._board.noted("restart-redis")
        self._stack.restart("redis")

    def _workers(self) -> list[str]:
        """The status of each: running, paused or exited."""
        return [state.status for state in self._stack.state("worker")]

    def _pause(self) -> None:
        states = self._stack.state("worker")
        meant = [state.name for state in states if state.status == "running"]
        if not meant:
            paused = any(state.status == "paused" for state in states)
            raise Refusal("paused-already" if paused else "stopped")
        self._board.noted("pause-worker", held=meant)
        self._stack.pause("worker")

    def _unpause(self) -> None:
        if "paused" not in self._workers():
            self._board.released("pause-worker")
            raise Refusal("not-paused")
        self._board.noted("unpause-worker")
        self._stack.unpause("worker")
        self._board.released("pause-worker")

    def _kill(self, replica: int | None) -> None:
        states = self._stack.state("worker")
        alive = [state for state in states if not state.has_ended]
        meant = [state.name for state in alive if replica in (None, state.replica)]
        if not meant:
            raise Refusal("stopped")
        self._board.noted("kill-worker", replica, held=meant, left=len(alive) - len(meant))
        self._stack.kill("worker", replica)

    def _start(self) -> None:
        states = self._workers()
        if "exited" not in states:
            self._board.released("kill-worker")  # a cluster has started it again by itself
            raise Refusal("paused" if "paused" in states else "running")
        self._board.noted("start-worker")
        try:
            self._stack.start("worker")
        finally:  # not before: until it is tried, the worker is down by somebody's hand
            self._board.released("kill-worker")

    def _scale(self, more: int) -> None:
        states = self._workers()
        if set(states) != {"running"}:
            raise Refusal("paused" if "paused" in states else "stopped")
        workers = len(states) + more
        if not 1 <= workers <= MOST_WORKERS:
            raise Refusal("workers", most=MOST_WORKERS)
        self._board.noted("add-worker" if more > 0 else "remove-worker")
        self._stack.scale("worker", workers)

    def _burst(self, jobs: int) -> None:
        pictures = [make_picture(self._pictures) for _ in range(min(jobs, _PICTURES))]

        def send(number: int) -> None:
            picture, action = pictures[number % len(pictures)], ACTIONS[number % len(ACTIONS)]
            params = make_params(np.random.default_rng(number), action, picture.size)
            name = f"{number + 1}{picture.suffix}"
            self._sent(api, picture.data, action, params, name, sound=True)

        with Api(self._stack.url) as api, ThreadPoolExecutor(_AT_ONCE) as pool:
            for _ in pool.map(send, range(jobs)):
                pass
