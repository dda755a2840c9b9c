"""The worker: takes messages, does what they ask, keeps each job's status."""

import logging
import os
import re
import sys
import time
import uuid
from pathlib import Path

import psycopg2
import redis
from PIL import Image, ImageOps

PG = {
    "host": os.environ.get("PG_HOST", "localhost"),
    "port": os.environ.get("PG_PORT", "5432"),
    "user": os.environ.get("PG_USER", "postgres"),
    "password": os.environ.get("PG_PASSWORD", "postgres"),
    "dbname": os.environ.get("PG_DBNAME", "jobs_db"),
}
STORAGE = os.environ.get("STORAGE_DIR", "./storage")
QUEUE = "image_processing_queue"
PAUSE_S = 2  # before Redis or PostgreSQL is asked again

logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.INFO)
log = logging.getLogger("worker")


class Jobs:
    """The table of jobs. A job is locked while it is worked on: the lock ends with the worker."""

    connection = None

    def ask(self, sql, *args):
        """The rows; asks until PostgreSQL answers."""
        while True:
            try:
                if self.connection is None:
                    self.connection = psycopg2.connect(**PG)
                    self.connection.autocommit = True
                with self.connection.cursor() as cursor:
                    cursor.execute(sql, args)
                    return cursor.fetchall() if cursor.description else []
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as error:
                log.info("PostgreSQL is unavailable: %s", str(error).strip().replace("\n", " "))
                self.connection = None
                time.sleep(PAUSE_S)
            except psycopg2.errors.UndefinedTable:
                time.sleep(PAUSE_S)  # the api has not made it yet

    def lock(self, job_id):
        return self.ask("SELECT pg_try_advisory_lock(hashtext(%s))", job_id)[0][0]

    def unlock(self, job_id):
        self.ask("SELECT pg_advisory_unlock(hashtext(%s))", job_id)

    def unfinished(self):
        """What a worker had begun and nobody has ended."""
        return self.ask(
            "SELECT id::text, input_path, action, params FROM jobs WHERE status = 'PROCESSING'"
        )


def work(jobs, message):
    """Do the job of a message."""
    fields = message.split("|")
    try:
        job_id, path, action, params = fields
        uuid.UUID(job_id)
    except ValueError:
        log.info("Malformed message skipped: %d fields", len(fields))
        return
    if not jobs.lock(job_id):
        return
    try:
        begun = jobs.ask(
            "UPDATE jobs SET status = 'PROCESSING' WHERE id = %s"
            " AND status IN ('PENDING', 'PROCESSING') RETURNING id",
            job_id,
        )
        if begun:
            log.info("Job %s is being processed", job_id)
            end(jobs, job_id, path, action, params)
    finally:
        jobs.unlock(job_id)


def end(jobs, job_id, path, action, params):
    try:
        result = process(job_id, path, action, params)
    except Exception as error:  # whatever a picture does to the decoder
        reason = f"the picture cannot be processed: {error}"[:300]
        jobs.ask("UPDATE jobs SET status = 'FAILED', error = %s WHERE id = %s", reason, job_id)
        log.info("Job %s failed: %s", job_id, reason)
        return
    jobs.ask("UPDATE jobs SET status = 'COMPLETED', output_path = %s WHERE id = %s", result, job_id)
    log.info("Job %s done, result: %s", job_id, result)


def process(job_id, path, action, params):
    """The path of the result."""
    with Image.open(path, formats=("PNG", "JPEG")) as file:
        kind = file.format
        picture = ImageOps.exif_transpose(file)
    if action == "grayscale":
        picture = picture.convert("L")
    elif action == "resize":
        picture = picture.resize(numbers(params), Image.Resampling.LANCZOS)
    elif action == "crop":
        picture = picture.crop(numbers(params))
    else:
        raise ValueError(f"unknown action {action!r}")
    result = f"{STORAGE}/processed_{job_id}{Path(path).suffix}"
    picture.save(result, kind, **({"quality": 92} if kind == "JPEG" else {}))
    return result


def numbers(params):
    return tuple(int(number) for number in re.findall(r"\d+", params))


def main():
    queue = redis.Redis(
        host=os.environ.get("REDIS_HOST", "localhost"),
        port=int(os.environ.get("REDIS_PORT", "6379")),
        password=os.environ.get("REDIS_PASSWORD") or None,
        socket_timeout=None,
    )
    jobs = Jobs()
    for left in jobs.unfinished():
        message = "|".join(left)
        log.info("Picked up again: %s", message)
        work(jobs, message)
    log.info("Consumer ready, waiting for jobs")
    while True:
        try:
            _, taken = queue.blpop([QUEUE], 0)
        except redis.RedisError as error:
            log.info("Redis is unavailable: %s", error)
            time.sleep(PAUSE_S)
            continue
        message = taken.decode("utf-8", "replace")
        log.info("Picked up job: %s", message.replace("\n", " "))
        work(jobs, message)


if __name__ == "__main__":
    main()
