"""The api: takes a text, writes its row, puts a message into the queue."""

import json
import os
import time
import uuid

import psycopg2
import redis
import waitress
from flask import Flask, jsonify, request

PG = {
    "host": os.environ.get("PG_HOST", "localhost"),
    "port": os.environ.get("PG_PORT", "5432"),
    "user": os.environ.get("PG_USER", "postgres"),
    "password": os.environ.get("PG_PASSWORD", "postgres"),
    "dbname": os.environ.get("PG_DBNAME", "jobs_db"),
}
QUEUE = "texts_to_count"
LOCALES = ("uk", "en")
TABLE = """
SELECT pg_advisory_xact_lock(6);
CREATE TABLE IF NOT EXISTS texts (
    text_id uuid PRIMARY KEY, state text NOT NULL, locale text NOT NULL, body text NOT NULL,
    counts jsonb, problem text)
"""

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 16 * 1024 * 1024
queue = redis.Redis(
    host=os.environ.get("REDIS_HOST", "localhost"),
    port=int(os.environ.get("REDIS_PORT", "6379")),
    password=os.environ.get("REDIS_PASSWORD") or None,
)


def execute(sql, args=()):
    """One statement in a transaction and a connection of its own; its rows, if it gives any."""
    connection = psycopg2.connect(**PG)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql, args)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@app.post("/texts")
def submit():
    asked = request.get_json(silent=True)
    text, locale = (asked.get("text"), asked.get("locale")) if isinstance(asked, dict) else ("", "")
    if not isinstance(text, str) or not text or locale not in LOCALES or "\0" in text:
        return jsonify(error="JSON with a text and a locale (uk or en) is needed"), 400
    text_id = str(uuid.uuid4())
    execute(
        "INSERT INTO texts (text_id, state, locale, body) VALUES (%s, 'NEW', %s, %s)",
        (text_id, locale, text),
    )
    message = {"id": text_id, "payload": {"text": text, "locale": locale}}
    queue.lpush(QUEUE, json.dumps(message, ensure_ascii=False))
    return jsonify(text_id=text_id, status="NEW"), 202


@app.get("/texts/<uuid:text_id>")
def status(text_id):
    rows = execute("SELECT state, counts, problem FROM texts WHERE text_id = %s", (str(text_id),))
    if not rows:
        return jsonify(error="There is no such text"), 404
    state, counts, problem = rows[0]
    return jsonify(text_id=str(text_id), status=state, counts=counts, problem=problem)


@app.get("/health")
def health():
    try:
        queue.ping()
        execute("SELECT 1")
    except (redis.RedisError, psycopg2.Error):
        return jsonify(error="Redis or PostgreSQL does not answer"), 503
    return jsonify(status="ok")


def main():
    while True:
        try:
            execute(TABLE)
            break
        except psycopg2.OperationalError:
            time.sleep(1)
    host, port = os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))
    waitress.serve(app, host=host, port=port, threads=16)


if __name__ == "__main__":
    main()
