"""Worker-Service: the consumer. The lab's worker/main.go, in Python.

Waits for events in a Redis list, processes the pictures, keeps each job's status in PostgreSQL.
What the lab's text does not have lies beside it: the connections (event_queue.py, pg.py), whose a
job is (claim.py), what is lost (sweep.py), pictures of all kinds (picture.py), the result's file
(result.py), SIGTERM (stopping.py), the log's look (go_log.py).
"""

import logging
import os
import threading
import uuid
from pathlib import Path

import redis
import stopping
from claim import claim, finish, reason_of
from event_queue import redis_client
from go_log import write_log
from pg import PgDB
from picture import FILTER, in_mode, numbers, premultiplied, read_picture, steps
from result import save
from sweep import sweep_forever

REDIS_SETTINGS = {
    "host": os.environ.get("REDIS_HOST", "localhost"),
    "port": int(os.environ.get("REDIS_PORT", "6379")),
    "password": os.environ.get("REDIS_PASSWORD") or None,
}
PG_SETTINGS = {
    "host": os.environ.get("PG_HOST", "localhost"),
    "port": os.environ.get("PG_PORT", "5432"),
    "user": os.environ.get("PG_USER", "postgres"),
    "password": os.environ.get("PG_PASSWORD", "postgres"),
    "dbname": os.environ.get("PG_DBNAME", "jobs_db"),
}
STORAGE_DIR = os.environ.get("STORAGE_DIR", "./storage")
REDIS_PAUSE_S = 5  # after an error of Redis, as in the lab

log = logging.getLogger("worker")


def process_queue(rdb, pg_db):
    log.info("Worker started listening for events...")
    queue_name = "image_processing_queue"

    while True:
        # BLPOP: Блокуючий виклик, який очікує на надходження події.
        # Забезпечує слабке зв'язування: Worker чекає, не навантажуючи CPU.
        try:
            result = rdb.blpop([queue_name], 0)
        except redis.RedisError as err:
            # Обробка помилок підключення
            log.info("Error receiving event from Redis: %s", err)
            stopping.sleep(REDIS_PAUSE_S)
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

        # 1. Worker оновлює статус у PG: PROCESSING (Компенсаційні дії не потрібні, оскільки статус
        # оновлюється)
        if not update_pg_status(pg_db, job_id, "PROCESSING", ""):
            continue

        # 2. Виконання роботи... process_image()
        try:
            status, detail = "COMPLETED", process_image(job_id, input_path, action, params)
        except Exception as err:  # whatever a picture does to the decoder, the Worker lives on
            status, detail = "FAILED", reason_of(err)

        # 3. Worker оновлює статус у PG: COMPLETED/FAILED
        update_pg_status(pg_db, job_id, status, detail)


def parse_job_data(job_data):
    """job_id, input_path, action, params of a message "job_id|file_path|action|params"."""
    fields = job_data.split("|")
    if len(fields) != 4:
        raise ValueError(f"{len(fields)} fields, not 4")
    job_id, input_path, action, params = fields
    return str(uuid.UUID(job_id)), input_path, action, params


def update_pg_status(pg_db, job_id, status, detail):
    """Set the row's status, and tell of it. ``detail``: the result's path, or why there is none.

    False where the job is not this worker's, or no more: then nothing is changed, and nothing told.
    """
    if status == "PROCESSING":
        ours = claim(pg_db, job_id)
        if ours:
            log.info("Status updated to PROCESSING for job %s", job_id)
    elif status == "COMPLETED":
        ours = finish(pg_db, job_id, status, None, detail)
        if ours:
            log.info("Job %s COMPLETED. Result saved to: %s", job_id, detail)
    else:
        ours = finish(pg_db, job_id, status, detail, None)
        if ours:
            log.info("Job %s FAILED. Error: %s", job_id, detail)
    return ours


def process_image(job_id, input_path, action, params):
    """Do the job's action on the picture; the path of the result."""
    source = Path(input_path).resolve()
    if not source.is_relative_to(Path(STORAGE_DIR).resolve()):
        raise ValueError("the file is outside the storage")
    upright, file_format, profile = read_picture(source, grey=action == "grayscale")

    if action == "grayscale":
        result = in_mode(upright, "LA" if upright.mode in ("LA", "RGBA") else "L")
    elif action == "resize":
        plain = upright.mode
        upright = premultiplied(upright)
        for size in steps(upright.size, *numbers(r"(\d+)x(\d+)", params)):
            upright = upright.resize(size, FILTER)
        result = in_mode(upright, plain)
    elif action == "crop":
        box = numbers(r"(\d+),(\d+),(\d+),(\d+)", params)
        if box[2] > upright.width or box[3] > upright.height:
            raise ValueError(f"the rectangle {params} reaches beyond the picture")
        result = upright.crop(box)
    else:
        raise ValueError(f"unknown action {action!r}")
    del upright

    output_path = f"{STORAGE_DIR}/processed_{job_id}{source.suffix}"
    save(result, file_format, profile, output_path)
    return output_path


def main():
    write_log(log)
    stopping.finish_on_sigterm()

    # An event is awaited for ever; the sweep must not wait so long, for it holds rows meanwhile.
    sweeps = redis_client(REDIS_SETTINGS, timeout_s=5), PgDB(PG_SETTINGS), log
    threading.Thread(target=sweep_forever, args=sweeps, daemon=True).start()
    process_queue(redis_client(REDIS_SETTINGS, timeout_s=None), PgDB(PG_SETTINGS))


if __name__ == "__main__":
    main()
