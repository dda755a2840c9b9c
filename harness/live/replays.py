"""The page's addresses of what can be seen again: a job, all jobs, the scenario; each as data for
the page, and as a file to keep.
"""

from typing import Any

from flask import Flask, Response, abort, jsonify, request

from harness.live.board import Board
from harness.live.board_track import board_track
from harness.live.recording import to_document
from harness.live.replay_file import replay_page
from harness.live.showing import Showing
from harness.live.thumbs import Thumbs
from harness.texts import LANGUAGES, catalogue


def add_replays(app: Flask, board: Board, thumbs: Thumbs, showing: Showing) -> None:
    """Add them to the page's application."""

    def of_board() -> dict[str, Any]:
        only = request.args.get("job")
        if only is not None and board.job(only) is None:
            abort(404)
        track = board_track(_texts("replay-live"), board, thumbs, only=only)
        return to_document(_texts("replay-title"), [track])

    def of_scenario() -> dict[str, Any]:
        if showing.recording is None:
            abort(404)
        return showing.recording

    @app.get("/replay.json")
    def replay() -> Response:
        return jsonify(of_board())

    @app.get("/replay.html")
    def replay_file() -> Response:
        return _file(of_board(), "lab6-replay.html")

    @app.get("/scenario.json")
    def scenario() -> Response:
        return jsonify(of_scenario())

    @app.get("/scenario.html")
    def scenario_file() -> Response:
        return _file(of_scenario(), "lab6-scenario.html")

    @app.post("/scenario")
    def begin() -> tuple[Response, int]:
        begun = showing.begin()
        return jsonify(begun=begun), 200 if begun else 409


def _file(recording: dict[str, Any], name: str) -> Response:
    """To be kept, not opened here: its own policy allows what this page's does not."""
    kept = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(replay_page(recording), content_type="text/html; charset=utf-8", headers=kept)


def _texts(key: str) -> dict[str, str]:
    return {lang: catalogue(lang)[f"live.{key}"] for lang in LANGUAGES}
