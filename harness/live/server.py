"""The page's server: on this machine alone, for this page alone.

A site that somebody has open in another tab could send requests here too: so the Host must be our
own, and whatever changes something must carry the page's token, which no other site can read.
"""

import json
import re
import secrets
import threading
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request

from harness.live.actions import Actions
from harness.live.board import Board
from harness.live.replays import add_replays
from harness.live.showing import Showing
from harness.live.words import in_words
from harness.stack.base import Stack
from harness.stack.errors import StackError
from harness.texts import LANGUAGES, catalogue, language
from harness.witness.errors import WitnessError
from harness.witness.http import Api

PAGE = Path(__file__).parent / "page"
_MOST_PAGES = 12
_MOST_UPLOAD = 12 * 1024 * 1024
_GATHER_S = 0.05
_BEAT_S = 5.0  #: so often something is sent at the least: a page that is gone is noticed
_MAGIC = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self';"
    " form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)


class Site:
    """One server of one lab's page. ``hosts``: what the Host header may say."""

    def __init__(self, stack: Stack, board: Board, actions: Actions) -> None:
        self.stack = stack
        self.board = board
        self.actions = actions
        self.showing = Showing(stack.runtime, board)
        self.token = secrets.token_urlsafe(24)
        self.epoch = secrets.token_hex(4)  #: revisions of another server mean nothing here
        self.hosts: frozenset[str] = frozenset()
        self.pages = 0
        self.counting = threading.Lock()
        self.over = threading.Event()

    def close(self) -> None:
        """End the streams of all open pages, and a scenario that is under way."""
        self.over.set()
        self.board.section("over", True)  # wakes them
        self.showing.close()

    def allow(self, port: int) -> None:
        """Answer only who asks for this machine by name or number."""
        self.hosts = frozenset({f"127.0.0.1:{port}", f"localhost:{port}"})


def make_app(site: Site) -> Flask:
    """The WSGI application."""
    app = Flask(__name__, static_folder=str(PAGE / "static"), template_folder=str(PAGE))
    app.config["MAX_CONTENT_LENGTH"] = _MOST_UPLOAD
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 0
    _guarded(app, site)
    _shown(app, site)
    _changed(app, site)
    add_replays(app, site.board, site.actions.thumbs, site.showing)
    return app


def _guarded(app: Flask, site: Site) -> None:
    @app.before_request
    def guard() -> None:
        if request.host not in site.hosts:
            abort(403)
        if request.headers.get("Origin", f"http://{request.host}") != f"http://{request.host}":
            abort(403)
        token = request.headers.get("X-Lab6-Token", "").encode()  # of bytes: it may hold any letter
        if request.method != "GET" and not secrets.compare_digest(token, site.token.encode()):
            abort(403)

    @app.after_request
    def closed(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = _POLICY
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        return response


def _shown(app: Flask, site: Site) -> None:
    @app.get("/")
    def page() -> str:
        return render_template("index.html", token=site.token, language=language())

    @app.get("/texts/<lang>")
    def texts(lang: str) -> Response:
        if lang not in LANGUAGES:
            abort(404)
        known = catalogue(lang)
        return jsonify({key[5:]: text for key, text in known.items() if key.startswith("live.")})

    @app.get("/events")
    def events() -> Response:
        if site.pages >= _MOST_PAGES:
            abort(503)
        # The browser says what it has seen last after a break; a page that was hidden says it
        # itself.
        last_id = request.headers.get("Last-Event-ID") or request.args.get("since", "")
        return Response(stream(site, last_id), headers=_STREAM)

    @app.get("/thumb/<name>")
    def thumb(name: str) -> Response:
        return _thumb(site, name)

    @app.get("/picture/<job_id>/<which>")
    def picture(job_id: str, which: str) -> Response:
        return _picture(site, job_id, which)


def _changed(app: Flask, site: Site) -> None:
    @app.post("/act/<name>")
    def act(name: str) -> tuple[Response, int]:
        if name not in site.actions.names:
            abort(404)
        problem = site.actions.do(name, _replica())
        return jsonify(problem=problem), 200 if problem is None else 409

    @app.post("/submit")
    def submit() -> tuple[Response, int]:
        return _submitted(site)


def _replica() -> int | None:
    """The one worker that is meant; None where all are. What is no number must not mean all."""
    asked = request.args.get("replica")
    if asked is None:
        return None
    if re.fullmatch("[1-9][0-9]{0,3}", asked) is None:
        abort(400)
    return int(asked)


_STREAM = {"Content-Type": "text/event-stream; charset=utf-8", "Cache-Control": "no-store"}


def stream(site: Site, last_id: str) -> Iterator[str]:
    """Server-sent events: first whatever is newer than what the page has, then what changes."""
    epoch, _, revision = last_id.partition("-")
    known = int(revision) if epoch == site.epoch and revision.isdecimal() else 0
    with site.counting:
        site.pages += 1
    try:
        for number in count():
            if site.over.is_set():
                return
            if number:  # in a burst many changes become one message, and one drawing
                site.board.await_news(known, _BEAT_S)
                site.over.wait(_GATHER_S)
            news = site.board.since(known)
            news["anew"] = number == 0 and known == 0
            known = news["revision"]
            yield f"id: {site.epoch}-{known}\ndata: {json.dumps(news, ensure_ascii=False)}\n\n"
    finally:
        with site.counting:
            site.pages -= 1


def _submitted(site: Site) -> tuple[Response, int]:
    """The page's form, passed on to the api as the lab's client sends it; the api's own answer."""
    file = request.files.get("image")
    data = file.stream.read() if file else b""
    action, params = request.form.get("action", ""), request.form.get("params", "")
    try:
        answer = site.actions.submit(
            data, action, params, (file and file.filename) or "picture", language=_asked_language()
        )
    except WitnessError as error:
        return jsonify(problem=in_words(error)), 502
    document: Any = answer.document
    body = document if isinstance(document, dict) else {}
    facts = {"status": answer.status, "job_id": answer.told_id, "error": body.get("error")}
    return jsonify(facts), 200


def _asked_language() -> str:
    """The page's, which its reader may have changed: the api's sentences are shown in it."""
    return request.accept_languages.best_match(LANGUAGES) or language()


def _thumb(site: Site, name: str) -> Response:
    """The small picture of a job, as its chip carries it. One name, one picture, for ever."""
    data = site.actions.thumbs.get(name)
    if data is None:
        abort(404)
    kept = {"Cache-Control": "max-age=86400, immutable"}
    return Response(data, content_type="image/jpeg", headers=kept)


def _picture(site: Site, job_id: str, which: str) -> Response:
    """A job's picture before or after; 404 where there is none. What is no PNG or JPEG is not
    passed on.
    """
    job = site.board.job(job_id)
    if job is None or which not in ("before", "after"):
        abort(404)
    try:
        with Api(site.stack.url) as api:
            if which == "after":
                answer = api.result(job["id"])
                data = answer.body if answer.status == 200 else b""
            else:
                row = api.row(job["id"]).document
                path = row.get("input_path") if isinstance(row, dict) else None
                data = site.stack.read("api", str(path)) if path else b""
    except (WitnessError, StackError):
        abort(404)
    media_type = next((kind for magic, kind in _MAGIC.items() if data.startswith(magic)), None)
    if media_type is None:
        abort(404)
    return Response(data, content_type=media_type, headers={"Cache-Control": "no-store"})
