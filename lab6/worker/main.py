"""Worker-Service: the consumer. The lab's worker/main.go, in Python.

Waits for events in a Redis list, processes the pictures, keeps each job's status in PostgreSQL.
"""

import errno
import logging
import os
import re
import signal
import socket
import sys
import threading
import time
import uuid
from pathlib import Path

import psycopg2
import redis
from picture import read_picture
from PIL import Image
from redis.backoff import NoBackoff
from redis.retry import Retry
from sweep import CLAIM, FINISH, OURS, sweep_forever

REDIS_HOST = os.environ.get("REDIS_HOST", "localhost")
REDIS_PORT = int(os.environ.get("REDIS_PORT", "6379"))
REDIS_PASSWORD = os.environ.get("REDIS_PASSWORD") or None
PG_SETTINGS = {
    "host": os.environ.get("PG_HOST", "localhost"),
    "port": os.environ.get("PG_PORT", "5432"),
    "user": os.environ.get("PG_USER", "postgres"),
    "password": os.environ.get("PG_PASSWORD", "postgres"),
    "dbname": os.environ.get("PG_DBNAME", "jobs_db"),
    "connect_timeout": "5",
    # A cut network is noticed within a quarter of a minute; a transaction of a frozen worker holds up nobody.
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
    "options": "-c idle_in_transaction_session_timeout=10000",
}
KEEPALIVE = (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 2))  # the same for Redis
STORAGE_DIR = os.environ.get("STORAGE_DIR", "./storage")

REDIS_PAUSE_S = 5  # after an error of Redis, as in the lab
PAUSE_S = 1  # between two attempts to reach PostgreSQL, or to write to a full disk
JPEG_QUALITY = 95
LARGE, QUICKLY = 4_000_000, 3  # from so many points on a PNG is packed at this level of 9, not 6
LEASE_S = float(os.environ.get("LEASE_SECONDS", "60"))  # longer than any picture takes
PREMULTIPLIED = {"LA": "La", "RGBA": "RGBa"}  # what is transparent lends its colour to nobody


def process_queue(rdb, pg_db):
    log.info("Worker started listening for events...")
    queue_name = "image_processing_queue"

    while True:
        # BLPOP: Блокуючий виклик, який очікує на надходження події.
        # Забезпечує слабке зв'язування: Worker чекає, не навантажуючи CPU.
        try:
            result = wait_for(lambda: rdb.blpop([queue_name], 0))
        except redis.RedisError as err:
            # Обробка помилок підключення
            log.info("Error receiving event from Redis: %s", err)
            wait_for(lambda: time.sleep(REDIS_PAUSE_S))
            continue

        # result[1] - це фактичне повідомлення (подія)
        job_data = result[1].decode("utf-8", "replace")
        log.info("Received New Event: Job Submitted. Data: %s", job_data)

        # --- Обробка події ---
        try:
            job_id, input_path, action, params = parse_job_data(job_data)
        except ValueError as err:
            log.info("Malformed event skipped: %s", err)
            continue

        # 1. Worker оновлює статус у PG: PROCESSING (Компенсаційні дії не потрібні, оскільки статус оновлюється)
        attempt = update_pg_status(pg_db, job_id, "PROCESSING", "")
        if attempt is None:
            log.info("Job %s FAILED. Error: no such job in PostgreSQL", job_id)
            continue
        if not attempt:
            log.info("Duplicate event skipped: job %s is taken or done", job_id)
            continue
        log.info("Status updated to PROCESSING for job %s", job_id)

        # 2. Виконання роботи... process_image()
        output_path, reason = "", ""
        try:
            output_path = process_image(job_id, input_path, action, params)
        except Exception as err:  # whatever a picture does to the decoder, the Worker lives on
            reason = f"cannot process the picture: {err}"[:500].replace("\0", "")

        # 3. Worker оновлює статус у PG: COMPLETED/FAILED
        if reason:
            if update_pg_status(pg_db, job_id, "FAILED", reason, None, attempt):
                log.info("Job %s FAILED. Error: %s", job_id, reason)
        elif update_pg_status(pg_db, job_id, "COMPLETED", "", output_path, attempt):
            log.info("Job %s COMPLETED. Result saved to: %s", job_id, output_path)


def parse_job_data(job_data):
    """job_id, input_path, action, params of a message "job_id|file_path|action|params"."""
    fields = job_data.split("|")
    if len(fields) != 4:
        raise ValueError(f"{len(fields)} fields, not 4")
    job_id, input_path, action, params = fields
    return str(uuid.UUID(job_id)), input_path, action, params


def update_pg_status(pg_db, job_id, status, error_msg, output_path=None, attempt=None):
    """Set the row's status; the number of this attempt at the job.

    0 where the job is another's by now, or done; None where there is no such row. Tries until PostgreSQL
    answers.
    """
    finish = (status, error_msg or None, output_path, job_id, attempt)
    while True:
        try:
            with pg_db.connection().cursor() as cur:
                if status == "PROCESSING":
                    cur.execute(CLAIM, (LEASE_S, job_id))
                else:
                    cur.execute(FINISH, finish)
                row = cur.fetchone()
                if row is None:
                    cur.execute(OURS, (attempt, status, job_id))
                    row = cur.fetchone()
                return row and row[0]
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as err:
            log.info("Error updating status in PostgreSQL: %s", err)
            pg_db.close()
            pause()
        except psycopg2.Error as err:  # PostgreSQL is there, and refuses: no table yet, say
            log.info("Error updating status in PostgreSQL: %s", err)
            return None


def process_image(job_id, input_path, action, params):
    """Do the job's action on the picture; the path of the result."""
    source = Path(input_path).resolve()
    if not source.is_relative_to(Path(STORAGE_DIR).resolve()):
        raise ValueError("the file is outside the storage")
    upright, file_format, profile = read_picture(source, grey=action == "grayscale")

    if action == "grayscale":
        result = upright.convert("LA" if upright.mode in ("LA", "RGBA") else "L")
    elif action == "resize":
        plain = upright.mode
        upright = upright.convert(PREMULTIPLIED.get(plain, plain))
        for size in steps(upright.size, *numbers(r"(\d+)x(\d+)", params)):
            upright = upright.resize(size, Image.Resampling.LANCZOS)
        result = upright.convert(plain)
    elif action == "crop":
        box = numbers(r"(\d+),(\d+),(\d+),(\d+)", params)
        if box[2] > upright.width or box[3] > upright.height:
            raise ValueError(f"the rectangle {params} reaches beyond the picture")
        result = upright.crop(box)
    else:
        raise ValueError(f"unknown action {action!r}")
    del upright

    output_path = f"{STORAGE_DIR}/processed_{job_id}{source.suffix}"
    if profile and profile[16:20] != (b"GRAY" if result.mode in ("L", "LA") else b"RGB "):
        profile = None  # a colour profile is for the colours that it was made for
    options = {"quality": JPEG_QUALITY, "icc_profile": profile}
    if result.width * result.height >= LARGE:
        options["compress_level"] = QUICKLY
    save(lambda file: result.save(file, format=file_format, **options), output_path)
    return output_path


def steps(size, width, height):
    """One axis, then the other: in the order that has the smaller picture in between, 25 megapixels at most."""
    between = min((width, size[1]), (size[0], height), key=lambda one: one[0] * one[1])
    return between, (width, height)


def save(write, file_path):
    """Store the result so that a reader finds the whole file or none. Tries until the disk has room."""
    unfinished = f"{file_path}.{uuid.uuid4().hex}.part"  # who came too late may be writing it, too
    while True:
        try:
            with open(unfinished, "wb", buffering=0) as file:
                write(ResultFile(file))
            os.replace(unfinished, file_path)
            return
        except OSError as err:
            Path(unfinished).unlink(missing_ok=True)
            if err.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            log.info("Error saving the result: %s", err)
            pause()


class ResultFile:
    """A file that is written whole or not at all: Pillow does not notice a write that a full disk cut short."""

    def __init__(self, file):
        self._number = file.fileno()

    def write(self, data):
        left = memoryview(data)
        while left:
            left = left[os.write(self._number, left) :]
        return len(data)

    def flush(self):
        """Nothing waits."""


def numbers(pattern, params):
    found = re.fullmatch(pattern, params)
    if found is None:
        raise ValueError(f"params {params!r} do not fit the action")
    return tuple(int(digits) for digits in found.groups())


class PgDB:
    """A connection that is made when it is needed, and made anew after it broke."""

    def __init__(self):
        self._conn = None

    def connection(self):
        if self._conn is None:
            self._conn = psycopg2.connect(**PG_SETTINGS)
            self._conn.autocommit = True  # as in Go: a statement by itself is its own transaction
        return self._conn

    def close(self):
        if self._conn is not None:
            self._conn.close()
        self._conn = None


# SIGTERM: a worker that waits ends at once; one in the middle of a job finishes it first.
waiting = stopping = False


def wait_for(call):
    global waiting
    if stopping:
        sys.exit(0)
    waiting = True
    try:
        return call()
    finally:
        waiting = False


def pause():
    """Before another attempt; a worker that is to stop leaves its job to the next one."""
    if stopping:
        sys.exit(1)
    time.sleep(PAUSE_S)


def stop(signum, frame):
    global stopping
    stopping = True
    if waiting:
        sys.exit(0)


class LogFormatter(logging.Formatter):
    """Go's Lshortfile look; one event stays one line, whatever a message holds."""

    def format(self, record):
        text = record.getMessage()
        if not text.isprintable():
            text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
        return f"worker/{record.filename}:{record.lineno}: {text}"


log = logging.getLogger("worker")


def main():
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter())
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.INFO)
    signal.signal(signal.SIGTERM, stop)

    # An event is awaited for ever; the sweep must not wait so long, for it holds rows meanwhile.
    threading.Thread(target=sweep_forever, args=(redis_client(5), PgDB(), log), daemon=True).start()
    process_queue(redis_client(None), PgDB())


def redis_client(timeout_s):
    """redis-py has a time-out and retries of its own; here an event is taken once, and pushed once."""
    keepalive = {getattr(socket, name): n for name, n in KEEPALIVE if hasattr(socket, name)}
    return redis.Redis(
        host=REDIS_HOST,
        port=REDIS_PORT,
        password=REDIS_PASSWORD,
        socket_timeout=timeout_s,
        socket_connect_timeout=5,
        socket_keepalive=True,
        socket_keepalive_options=keepalive,
        retry=Retry(NoBackoff(), 0),
    )


if __name__ == "__main__":
    main()
