"""One piece of work in a thread of its own, beside what its caller does meanwhile."""

from collections.abc import Callable
from threading import Thread
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """Begins at once. (``concurrent.futures`` takes longer to import than a short log to judge.)"""

    def __init__(self, work: Callable[[], T]) -> None:
        self._work = work
        self._done: T | None = None
        self._error: BaseException | None = None
        self._thread = Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            self._done = self._work()
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self._error = error

    def result(self) -> T:
        """What the work gives, or raises, once it is done."""
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._done  # type: ignore[return-value]  # it is done, and raised nothing
