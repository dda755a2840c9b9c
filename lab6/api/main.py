"""API-Gateway: the producer. The lab's api/main.go, in Python.

Takes a picture over HTTP, stores it and its row in PostgreSQL, publishes an event to a Redis list.
What the lab's text does not have lies beside it: what may come in (upload.py, kinds.py, params.py),
the file (storage.py), the connections (pg.py, event_queue.py), errors as answers (answers.py), the
sentences in the client's language (words.py), the server (server.py).
"""

import logging
import os
import uuid
from pathlib import Path

import psycopg2
import redis
from answers import ADDRESSES, answer_errors, error
from event_queue import redis_client
from flask import Flask, jsonify, request, send_file
from params import missing, wrong_params
from pg import PgDB
from server import THREADS, end_on_sigterm, limit_requests, serve, write_log
from storage import save
from upload import UploadError, look_at
from words import reason, say

REDIS_HOST = os.environ.get("REDIS_HOST", "localhost")
REDIS_PORT = int(os.environ.get("REDIS_PORT", "6379"))
REDIS_PASSWORD = os.environ.get("REDIS_PASSWORD") or None
PG_SETTINGS = {
    "host": os.environ.get("PG_HOST", "localhost"),
    "port": os.environ.get("PG_PORT", "5432"),
    "user": os.environ.get("PG_USER", "postgres"),
    "password": os.environ.get("PG_PASSWORD", "postgres"),
    "dbname": os.environ.get("PG_DBNAME", "jobs_db"),
}
STORAGE_DIR = os.environ.get("STORAGE_DIR", "./storage")
HOST = os.environ.get("HOST", "0.0.0.0")
PORT = int(os.environ.get("PORT", "8080"))
SUFFIXES = {"PNG": ".png", "JPEG": ".jpg"}

app = Flask(__name__)
log = logging.getLogger("api")
pg_db = PgDB(PG_SETTINGS, connections=THREADS)
rdb = redis_client(REDIS_HOST, REDIS_PORT, REDIS_PASSWORD)


@app.post("/job/submit")
def submit_job_handler():
    # 1. READ: Читання та перевірка запиту
    if request.mimetype != "multipart/form-data":
        return error(415, "no-form")
    image = request.files.get("image")
    action = request.values.get("action", "")
    params = request.values.get("params", "")
    lacking = missing(image, action, request.form)
    if lacking:
        return error(400, lacking)
    try:
        upload = look_at(image.stream)
    except UploadError as err:
        return error(err.status, err.key, **err.facts)
    wrong = wrong_params(action, params, upload.size)
    if wrong:
        return error(422, wrong[0], **wrong[1])

    # 2. SAVE: Збереження файлу
    job_id = str(uuid.uuid4())
    file_path = f"{STORAGE_DIR}/{job_id}{SUFFIXES[upload.format]}"
    try:
        save(image.stream, upload.parts, file_path)
    except OSError as err:
        log.info("Error saving the picture: %s", err)
        return error(503, "not-saved")

    # 3. CREATE: Вставка в PostgreSQL
    try:
        pg_db.execute(
            "INSERT INTO jobs (id, status, action, params, input_path) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (job_id, "QUEUED", action, params, file_path),
        )
    except psycopg2.Error as err:
        log.info("Error inserting job into PostgreSQL: %s", err)
        if err.in_doubt:  # the row may be there: then the job will be done, and needs its file
            return error(503, "in-doubt")
        Path(file_path).unlink(missing_ok=True)
        return error(503, "no-postgres-now")

    # 4. PUSH: Публікація Події (Event Publishing) у Redis
    job_data = f"{job_id}|{file_path}|{action}|{params}"
    queue_name = "image_processing_queue"

    # Подія (повідомлення) додається у кінець черги
    try:
        rdb.rpush(queue_name, job_data)
    except redis.RedisError as err:
        # Обробка помилки: запис у PostgreSQL уже є, подію згодом покладе в чергу воркер (sweep.py)
        log.info("Error pushing job event to Redis queue: %s", err)

    # 5. Відповідь клієнту status: QUEUED
    return jsonify(job_id=job_id, status="QUEUED"), 202


@app.get("/job/<uuid:job_id>")
def job_handler(job_id):
    rows = pg_db.execute(
        "SELECT id, status, action, params, input_path, output_path, error,"
        " created_at, started_at, finished_at FROM jobs WHERE id = %s",
        (str(job_id),),
    )
    if not rows:
        return error(404, "no-such-job", job_id=job_id)
    row = rows[0]
    if row.get("error"):
        row["error"] = reason(row["error"])
    return jsonify({k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()})


@app.get("/job/<uuid:job_id>/result")
def result_handler(job_id):
    rows = pg_db.execute(
        "SELECT status, output_path, error FROM jobs WHERE id = %s", (str(job_id),)
    )
    if not rows:
        return error(404, "no-such-job", job_id=job_id)
    status, output_path, why = rows[0].values()
    if status != "COMPLETED":
        return error(409, "no-result", status=status, reason=reason(why or ""))
    path = Path(output_path).resolve()
    return send_file(path, conditional=False)  # whole: a part of it would be read into memory


@app.get("/")
def front_page_handler():
    return jsonify(about=say("front-page"), addresses=ADDRESSES)


@app.get("/health")
def health_handler():
    try:
        rdb.ping()
    except redis.RedisError:
        return error(503, "no-redis")
    pg_db.execute("SELECT 1")
    return jsonify(status="ok")


def main():
    write_log(log)
    end_on_sigterm()
    Path(STORAGE_DIR).mkdir(parents=True, exist_ok=True)
    limit_requests(app)
    answer_errors(app)
    pg_db.wait_and_create()
    log.info("API Gateway listening on port %d", PORT)
    serve(app, HOST, PORT)


if __name__ == "__main__":
    main()
