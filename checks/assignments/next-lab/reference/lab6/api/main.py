"""The api: takes a picture, keeps it and its row, puts a message into the queue."""

import io
import os
import re
import time
import uuid
from pathlib import Path

import psycopg2
import redis
import waitress
from flask import Flask, jsonify, request
from PIL import Image

PG = {
    "host": os.environ.get("PG_HOST", "localhost"),
    "port": os.environ.get("PG_PORT", "5432"),
    "user": os.environ.get("PG_USER", "postgres"),
    "password": os.environ.get("PG_PASSWORD", "postgres"),
    "dbname": os.environ.get("PG_DBNAME", "jobs_db"),
}
STORAGE = os.environ.get("STORAGE_DIR", "./storage")
QUEUE = "image_processing_queue"
PARAMS = {"grayscale": r"", "resize": r"\d+x\d+", "crop": r"\d+,\d+,\d+,\d+"}
TABLE = """
SELECT pg_advisory_xact_lock(6);
CREATE TABLE IF NOT EXISTS jobs (
    id uuid PRIMARY KEY, status text NOT NULL, action text NOT NULL, params text NOT NULL,
    input_path text NOT NULL, output_path text, error text)
"""

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 10 * 1024 * 1024
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


@app.post("/api/v1/jobs/submit")
def submit():
    picture = request.files.get("image")
    action, params = request.form.get("action", ""), request.form.get("params", "")
    if picture is None or action not in PARAMS or not re.fullmatch(PARAMS[action], params):
        return jsonify(error="A picture, an action and its params are needed"), 400
    data = picture.read()
    try:
        with Image.open(io.BytesIO(data)) as image:
            suffix = {"PNG": ".png", "JPEG": ".jpg"}[image.format]
    except (OSError, KeyError):
        return jsonify(error="The file is neither PNG nor JPEG"), 415

    job_id = str(uuid.uuid4())
    path = f"{STORAGE}/{job_id}{suffix}"
    Path(path).write_bytes(data)
    execute(
        "INSERT INTO jobs (id, status, action, params, input_path) VALUES (%s, %s, %s, %s, %s)",
        (job_id, "PENDING", action, params, path),
    )
    queue.rpush(QUEUE, f"{job_id}|{path}|{action}|{params}")
    return jsonify(job_id=job_id, status="PENDING"), 202


@app.get("/api/v1/jobs/status/<uuid:job_id>")
def status(job_id):
    rows = execute("SELECT status, output_path, error FROM jobs WHERE id = %s", (str(job_id),))
    if not rows:
        return jsonify(error="There is no such job"), 404
    found, result, error = rows[0]
    return jsonify(job_id=str(job_id), status=found, result=result, error=error)


@app.get("/health")
def health():
    try:
        queue.ping()
        execute("SELECT 1")
    except (redis.RedisError, psycopg2.Error):
        return jsonify(error="Redis or PostgreSQL does not answer"), 503
    return jsonify(status="ok")


def main():
    Path(STORAGE).mkdir(parents=True, exist_ok=True)
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
