"""What is answered when something is wrong: a status and one sentence."""

import logging

import psycopg2
from flask import jsonify, request
from werkzeug.exceptions import HTTPException

log = logging.getLogger("api")


def error(status, sentence):
    return jsonify(error=sentence), status


def answer_errors(app):
    """What no handler caught is answered in the same form."""
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(psycopg2.Error, pg_error)
    app.register_error_handler(Exception, unexpected_error)


def http_error(err):
    sentences = {
        404: "Такої адреси немає.",
        405: f"Метод {request.method} тут не працює.",
        413: "Запит завеликий: потрібні лише файл «image» до 10 МБ та поля «action» і «params».",
    }
    response, status = error(err.code, sentences.get(err.code, "Запит не вдалося прочитати."))
    if err.code == 405 and err.valid_methods:
        response.headers["Allow"] = ", ".join(err.valid_methods)
    return response, status


def pg_error(err):
    log.info("Error asking PostgreSQL: %s", err)
    return error(503, "PostgreSQL не відповідає.")


def unexpected_error(err):
    log.info("Unexpected error: %r", err)
    return error(500, "Внутрішня помилка; подробиці в журналі api.")
