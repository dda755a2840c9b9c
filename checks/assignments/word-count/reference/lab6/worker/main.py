"""The worker: takes messages, counts their words, keeps each text's state."""

import json
import logging
import os
import re
import sys
import time
import uuid
from collections import Counter

import psycopg2
import redis

PG = {
    "host": os.environ.get("PG_HOST", "localhost"),
    "port": os.environ.get("PG_PORT", "5432"),
    "user": os.environ.get("PG_USER", "postgres"),
    "password": os.environ.get("PG_PASSWORD", "postgres"),
    "dbname": os.environ.get("PG_DBNAME", "jobs_db"),
}
QUEUE = "texts_to_count"
PAUSE_S = 2  # before Redis or PostgreSQL is asked again

logging.basicConfig(stream=sys.stdout, format="%(message)s", level=logging.INFO)
log = logging.getLogger("worker")


class Jobs:
    """The table of texts. A text is locked while it is worked on: the lock ends with the worker."""

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

    def lock(self, text_id):
        return self.ask("SELECT pg_try_advisory_lock(hashtext(%s))", text_id)[0][0]

    def unlock(self, text_id):
        self.ask("SELECT pg_advisory_unlock(hashtext(%s))", text_id)

    def unfinished(self):
        """What a worker had begun and nobody has ended."""
        return self.ask("SELECT text_id::text, body FROM texts WHERE state = 'COUNTING'")


def work(jobs, message):
    """Count the words of a message's text."""
    try:
        document = json.loads(message)
        text_id, text = str(uuid.UUID(document["id"])), document["payload"]["text"]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.info("no such message: %s", type(error).__name__)
        return
    log.info("took text %s", text_id)
    count(jobs, text_id, text)


def count(jobs, text_id, text):
    """Unless another worker does, or has done."""
    if not jobs.lock(text_id):
        return
    try:
        begun = jobs.ask(
            "UPDATE texts SET state = 'COUNTING' WHERE text_id = %s"
            " AND state IN ('NEW', 'COUNTING') RETURNING text_id",
            text_id,
        )
        if begun:
            log.info("counting text %s", text_id)
            end(jobs, text_id, Counter(re.findall(r"[^\W\d_]+", text.lower())))
    finally:
        jobs.unlock(text_id)


def end(jobs, text_id, counts):
    if not counts:
        reason = "there is no word in the text"
        jobs.ask(
            "UPDATE texts SET state = 'REJECTED', problem = %s WHERE text_id = %s", reason, text_id
        )
        log.info("rejected text %s: %s", text_id, reason)
        return
    found = json.dumps(counts, ensure_ascii=False)
    jobs.ask("UPDATE texts SET state = 'READY', counts = %s WHERE text_id = %s", found, text_id)
    log.info("counted text %s", text_id)


def main():
    queue = redis.Redis(
        host=os.environ.get("REDIS_HOST", "localhost"),
        port=int(os.environ.get("REDIS_PORT", "6379")),
        password=os.environ.get("REDIS_PASSWORD") or None,
        socket_timeout=None,
    )
    jobs = Jobs()
    for text_id, text in jobs.unfinished():
        log.info("took text again %s", text_id)
        count(jobs, text_id, text)
    log.info("word worker is waiting")
    while True:
        try:
            _, taken = queue.brpop([QUEUE], 0)
        except redis.RedisError as error:
            log.info("no answer from Redis: %s", error)
            time.sleep(PAUSE_S)
            continue
        work(jobs, taken.decode("utf-8", "replace"))


if __name__ == "__main__":
    main()
