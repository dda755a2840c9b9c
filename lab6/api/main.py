"""API-Gateway: the producer. The lab's api/main.go, in Python.

Takes a picture over HTTP, stores it and its row in PostgreSQL, publishes an event to a Redis list.
"""

import logging
import os
import queue
import re
import signal
import sys
import threading
import time
import uuid
from pathlib import Path

import psycopg2
import redis
import waitress
from flask import Flask, jsonify, request, send_file
from http_limits import limit_connections
from redis.backoff import NoBackoff
from redis.retry import Retry
from upload import MAX_PIXELS, MAX_SIDE, MAX_UPLOAD, UploadError, look_at
from werkzeug.exceptions import HTTPException

REDIS_HOST = os.environ.get("REDIS_HOST", "localhost")
REDIS_PORT = int(os.environ.get("REDIS_PORT", "6379"))
REDIS_PASSWORD = os.environ.get("REDIS_PASSWORD") or None
PG_SETTINGS = {
    "host": os.environ.get("PG_HOST", "localhost"),
    "port": os.environ.get("PG_PORT", "5432"),
    "user": os.environ.get("PG_USER", "postgres"),
    "password": os.environ.get("PG_PASSWORD", "postgres"),
    "dbname": os.environ.get("PG_DBNAME", "jobs_db"),
    "connect_timeout": "3",
    # A cut network is noticed within a quarter of a minute.
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
}
STORAGE_DIR = os.environ.get("STORAGE_DIR", "./storage")
HOST = os.environ.get("HOST", "0.0.0.0")
PORT = int(os.environ.get("PORT", "8080"))

CONNECTIONS = 2_000  # at once
THREADS = 16  # requests at once; as many connections to PostgreSQL
PAUSE_S = 1  # between two attempts to reach PostgreSQL at the start
ACTIONS = {"grayscale": "", "resize": "ШИРИНАxВИСОТА", "crop": "x1,y1,x2,y2"}
SUFFIXES = {"PNG": ".png", "JPEG": ".jpg"}

app = Flask(__name__)
app.json.ensure_ascii = False
app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD + 64 * 1024  # the form around the file
app.config["MAX_FORM_PARTS"] = 8  # three are asked for
app.config["MAX_FORM_MEMORY_SIZE"] = 100_000  # bytes of the parts that are no file
looking = threading.Lock()  # at one upload at a time: sixteen large ones would not fit
log = logging.getLogger("api")


@app.post("/job/submit")
def submit_job_handler():
    # 1. READ: Читання та перевірка запиту
    if request.mimetype != "multipart/form-data":
        return error(415, "Надішліть форму multipart/form-data з файлом «image» та полем «action».")
    image = request.files.get("image")
    action = request.values.get("action", "")
    params = request.values.get("params", "")
    if image is None or not action:
        return error(400, "У формі потрібні файл «image» та поле «action».")
    try:
        with looking:
            upload = look_at(image.stream)
    except UploadError as err:
        return error(err.status, str(err))
    reason = wrong_params(action, params, upload.size)
    if reason:
        return error(422, reason)

    # 2. SAVE: Збереження файлу
    job_id = str(uuid.uuid4())
    file_path = f"{STORAGE_DIR}/{job_id}{SUFFIXES[upload.format]}"
    try:
        save(image, upload.parts, file_path)
    except OSError as err:
        log.info("Error saving the picture: %s", err)
        return error(503, "Файл зараз не вдалося зберегти, завдання не прийнято; спробуйте ще раз.")

    # 3. CREATE: Вставка в PostgreSQL
    try:
        execute(
            "INSERT INTO jobs (id, status, action, params, input_path) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (job_id, "QUEUED", action, params, file_path),
        )
    except psycopg2.Error as err:
        log.info("Error inserting job into PostgreSQL: %s", err)
        if err.in_doubt:  # the row may be there: then the job will be done, and needs its file
            return error(503, "PostgreSQL зник посеред запису; невідомо, чи прийнято завдання.")
        Path(file_path).unlink(missing_ok=True)
        return error(503, "PostgreSQL зараз недоступний, завдання не прийнято; спробуйте ще раз.")

    # 4. PUSH: Публікація Події (Event Publishing) у Redis
    job_data = f"{job_id}|{file_path}|{action}|{params}"
    queue_name = "image_processing_queue"

    # Подія (повідомлення) додається у кінець черги
    try:
        rdb.rpush(queue_name, job_data)
    except redis.RedisError as err:
        # Обробка помилки: рядок у PostgreSQL уже є, тож подію згодом покладе в чергу worker (sweep.py)
        log.info("Error pushing job event to Redis queue: %s", err)

    # 5. Відповідь клієнту status: QUEUED
    return jsonify(job_id=job_id, status="QUEUED"), 202


@app.get("/job/<uuid:job_id>")
def job_handler(job_id):
    rows = execute(
        "SELECT id, status, action, params, input_path, output_path, error,"
        " created_at, started_at, finished_at FROM jobs WHERE id = %s",
        (str(job_id),),
    )
    if not rows:
        return error(404, f"Завдання {job_id} немає.")
    row = rows[0]
    return jsonify({k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in row.items()})


@app.get("/job/<uuid:job_id>/result")
def result_handler(job_id):
    rows = execute("SELECT status, output_path, error FROM jobs WHERE id = %s", (str(job_id),))
    if not rows:
        return error(404, f"Завдання {job_id} немає.")
    status, output_path, reason = rows[0].values()
    if status != "COMPLETED":
        return error(409, f"Результату немає, стан завдання: {status}. {reason or ''}".strip())
    path = Path(output_path).resolve()
    return send_file(path, conditional=False)  # whole: a part of it would be read into memory


@app.get("/health")
def health_handler():
    try:
        rdb.ping()
    except redis.RedisError:
        return error(503, "Redis не відповідає.")
    execute("SELECT 1")
    return jsonify(status="ok")


def wrong_params(action, params, size):
    """Why the action or its params cannot be; None where they can."""
    if action not in ACTIONS:
        return f"Такої дії немає: потрібна одна з {', '.join(ACTIONS)}."
    if not re.fullmatch(r"[A-Za-z0-9=,.:-]{0,64}", params):
        return "У «params» дозволено до 64 латинських літер, цифр і знаків «=,.:-»."
    if action == "grayscale":
        return None
    pattern = {"resize": r"(\d{1,5})x(\d{1,5})", "crop": r"(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})"}
    found = re.fullmatch(pattern[action], params, re.ASCII)
    if found is None:
        return f"Для дії {action} потрібні params у вигляді {ACTIONS[action]}."
    numbers = [int(number) for number in found.groups()]
    if action == "resize":
        width, height = numbers
        if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
            return f"Розмір має бути від 1x1 до {MAX_SIDE} точок на бік і до 25 мегапікселів."
        return None
    left, top, right, bottom = numbers
    if not (left < right <= size[0] and top < bottom <= size[1]):
        return f"Прямокутник {params} має лежати в межах зображення {size[0]}x{size[1]}."
    return None


def save(image, parts, file_path):
    """Store these parts of the upload: a reader finds the whole file or none, also after a power cut."""
    unfinished = f"{file_path}.part"
    try:
        with open(unfinished, "wb") as file:
            for begin, end in parts:
                image.stream.seek(begin)
                while begin < end:  # a piece at a time: sixteen uploads may be here at once
                    begin += file.write(image.stream.read(min(end - begin, 64 * 1024)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(unfinished, file_path)
        if os.name == "posix":  # the new name lies in the folder
            folder = os.open(STORAGE_DIR, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError:
        for path in (unfinished, file_path):
            Path(path).unlink(missing_ok=True)
        raise


def error(status, sentence):
    return jsonify(error=sentence), status


@app.errorhandler(HTTPException)
def http_error_handler(err):
    sentences = {
        404: "Такої адреси немає.",
        405: f"Метод {request.method} тут не працює.",
        413: "Запит завеликий: потрібні лише файл «image» до 10 МБ та поля «action» і «params».",
    }
    response, status = error(err.code, sentences.get(err.code, "Запит не вдалося прочитати."))
    if err.code == 405 and err.valid_methods:
        response.headers["Allow"] = ", ".join(err.valid_methods)
    return response, status


@app.errorhandler(psycopg2.Error)
def pg_error_handler(err):
    log.info("Error asking PostgreSQL: %s", err)
    return error(503, "PostgreSQL не відповідає.")


@app.errorhandler(Exception)
def unexpected_error_handler(err):
    log.info("Unexpected error: %r", err)
    return error(500, "Внутрішня помилка; подробиці в журналі api.")


# redis-py has retries of its own; an event that is pushed again would be two events.
rdb = redis.Redis(
    host=REDIS_HOST,
    port=REDIS_PORT,
    password=REDIS_PASSWORD,
    socket_timeout=5,
    socket_connect_timeout=3,
    socket_keepalive=True,
    retry=Retry(NoBackoff(), 0),
)
pg_pool = queue.LifoQueue()
for _ in range(THREADS):
    pg_pool.put(None)  # a place for a connection; who finds none there makes one


def execute(sql, args=()):
    """Run one statement and commit it; the rows, if it gives any, as dicts.

    An error says whether the statement is ``in_doubt``: the connection was lost at its commit.
    """
    conn = pg_pool.get()
    in_doubt = False
    try:
        if conn is not None:
            try:
                return run(conn, sql, args)
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as err:
                # PostgreSQL was restarted meanwhile: once more on a new connection
                conn, in_doubt = None, err.in_doubt
        conn = psycopg2.connect(**PG_SETTINGS)
        return run(conn, sql, args)
    except psycopg2.Error as err:
        err.in_doubt = in_doubt or getattr(err, "in_doubt", False)
        raise
    finally:
        pg_pool.put(conn if conn is not None and not conn.closed else None)


def run(conn, sql, args):
    done = False
    try:
        with conn, conn.cursor() as cur:
            cur.execute(sql, args)
            names = [column.name for column in cur.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cur.fetchall()] if names else []
            done = True
        return rows
    except psycopg2.Error as err:
        err.in_doubt = done
        raise


def connect_pg():
    """Wait until PostgreSQL answers, and make the table where it is not there yet."""
    while True:
        try:
            execute(
                "SELECT pg_advisory_xact_lock(6);"  # several api may start at once
                "CREATE TABLE IF NOT EXISTS jobs ("
                " id uuid PRIMARY KEY, status text NOT NULL, action text NOT NULL, params text NOT NULL,"
                " input_path text NOT NULL, output_path text, error text,"
                " created_at timestamptz NOT NULL DEFAULT now(),"
                " started_at timestamptz, finished_at timestamptz,"
                " attempts integer NOT NULL DEFAULT 0, session text, lease_until timestamptz,"
                " pushed_at timestamptz)"
            )
            return
        except psycopg2.OperationalError as err:
            log.info("Waiting for PostgreSQL: %s", err)
            time.sleep(PAUSE_S)


class LogFormatter(logging.Formatter):
    """Go's Lshortfile look; one event stays one line, whatever a message holds."""

    def format(self, record):
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in record.getMessage().strip())
        return f"api/main.py:{record.lineno}: {text}"


def main():
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter())
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a request that waits is no news
    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))

    Path(STORAGE_DIR).mkdir(parents=True, exist_ok=True)
    connect_pg()
    log.info("API Gateway listening on port %d", PORT)
    limit_connections(CONNECTIONS)
    waitress.serve(
        app,
        host=HOST,
        port=PORT,
        threads=THREADS,
        max_request_body_size=6 * MAX_UPLOAD,
        max_request_header_size=32 * 1024,
        inbuf_overflow=32 * 1024,  # what is longer waits in a file, not in memory
        outbuf_high_watermark=1 << 40,  # a result is a file; no thread waits until it is read
        connection_limit=CONNECTIONS,  # who only holds a connection keeps nobody else out,
        asyncore_use_poll=True,
        channel_timeout=30,  # and not for ever
        cleanup_interval=5,
        log_socket_errors=False,  # a client that went away is no news
        ident=None,
    )


if __name__ == "__main__":
    main()
