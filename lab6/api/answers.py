"""What is answered when something is wrong: a status and one sentence."""

import logging

import psycopg2
from flask import jsonify, request
from werkzeug.exceptions import HTTPException
from words import say

ADDRESSES = ("POST /job/submit", "GET /job/<id>", "GET /job/<id>/result", "GET /health")

log = logging.getLogger("api")


def error(status, key, /, **facts):
    """``key``: of a sentence in words_uk.py and words_en.py."""
    return jsonify(error=say(key, **facts)), status


def answer_errors(app):
    """What no handler caught is answered in the same form."""
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(psycopg2.Error, pg_error)
    app.register_error_handler(Exception, unexpected_error)


def http_error(err):
    keys = {
        404: "no-id" if request.path.startswith("/job/") else "no-such-address",
        405: "wrong-method",
        413: "too-many-bytes",
    }
    allowed = sorted(set(getattr(err, "valid_methods", None) or ()))
    needed = " / ".join(method for method in allowed if method not in ("HEAD", "OPTIONS"))
    key = keys.get(err.code, "unreadable")
    response, status = error(err.code, key, method=request.method, allowed=needed)
    if allowed:
        response.headers["Allow"] = ", ".join(allowed)
    return response, status


def pg_error(err):
    log.info("Error asking PostgreSQL: %s", err)
    return error(503, "no-postgres")


def unexpected_error(err):
    log.info("Unexpected error: %r", err)
    return error(500, "unexpected")
