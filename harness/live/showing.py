"""A scenario that somebody asked for on the page: one at a time, in a thread of its own."""

import logging
import threading
from typing import Any

from harness.live.board import Board
from harness.live.scenario import killed_in_mid_job
from harness.live.words import in_words
from harness.stack.errors import StackError
from harness.texts import LANGUAGES
from harness.witness.errors import WitnessError

_LOG = logging.getLogger(__name__)
_CLOSING_S = 60.0  #: its labs are stopped before the page is gone


class Showing:
    """The scenario "killed in mid-job". How far it is, the board's section ``scenario`` tells."""

    def __init__(self, runtime: str, board: Board) -> None:
        self.recording: dict[str, Any] | None = None  #: of the latest that came to its end
        self._runtime = runtime
        self._board = board
        self._over = threading.Event()
        self._one = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self) -> bool:
        """Start it; False where one is under way."""
        with self._one:
            if self._over.is_set() or (self._thread is not None and self._thread.is_alive()):
                return False
            self._thread = threading.Thread(target=self._show, name="live-scenario")
            self._thread.start()
            return True

    def close(self) -> None:
        """End it, and wait until nothing of it is left."""
        with self._one:
            self._over.set()
            thread = self._thread
        if thread is not None:
            thread.join(_CLOSING_S)

    def _show(self) -> None:
        try:
            self.recording = killed_in_mid_job(self._runtime, self._tell, self._over)
        except (StackError, WitnessError) as error:
            self._failed(in_words(error))
        except Exception as error:  # noqa: BLE001 - whatever it is, the page's button must come back
            if not isinstance(error, OSError):
                _LOG.exception("the scenario ended by an error of its own")
            self._failed(dict.fromkeys(LANGUAGES, str(error) or type(error).__name__))
        else:
            self._tell("done")

    def _failed(self, why: dict[str, str]) -> None:
        self._board.section("scenario", {"step": "failed", "why": why})

    def _tell(self, step: str) -> None:
        self._board.section("scenario", {"step": step})
