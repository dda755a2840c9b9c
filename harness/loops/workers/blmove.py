"""The usual cure for the lab's loop: BLMOVE into a list of what is being processed. For comparison.

Each worker has a list of its own and takes an event out of it when the work is done. A worker that
starts puts back what the lists of workers that are gone still hold. It runs in the place of
``worker/main.py``, as the lab's loop does.
"""

import uuid

import kit
import lab
import redis
import stopping
from kit import log

QUEUE = "image_processing_queue"
NAME = f"worker-{uuid.uuid4().hex}"
PROCESSING = f"{QUEUE}:processing:"


def process_queue(rdb, pg_db):
    log.info("Worker started listening for events...")
    known = False

    while True:
        try:
            if not known:
                rdb = redis_client_with_name()
                put_back(rdb)
                known = True
            job_data = stopping.wait_for(rdb.blmove, QUEUE, PROCESSING + NAME, 0, "LEFT", "RIGHT")
        except redis.RedisError as err:
            log.info("Error receiving event from Redis: %s", err)
            stopping.sleep(kit.REDIS_PAUSE_S)
            known = False
            continue

        text = job_data.decode("utf-8", "replace")
        log.info("Received New Event: Job Submitted. Data: %s", text)
        lab.process_event(pg_db, text)
        try:
            rdb.lrem(PROCESSING + NAME, 1, job_data)
        except redis.RedisError as err:
            log.info("Error removing event from Redis: %s", err)
            known = False


def redis_client_with_name():
    rdb = kit.redis_client(kit.REDIS_SETTINGS, timeout_s=None)
    rdb.connection_pool.connection_kwargs["client_name"] = NAME
    return rdb


def put_back(rdb):
    """What workers that are gone had taken, and this one before its connection broke."""
    alive = {client["name"] for client in rdb.client_list()} - {NAME}
    for key in rdb.scan_iter(PROCESSING + "*"):
        if key.decode().removeprefix(PROCESSING) not in alive:
            while job_data := rdb.lmove(key, QUEUE, "LEFT", "RIGHT"):
                text = job_data.decode("utf-8", "replace")
                log.info("Redelivered Event: Job Submitted. Data: %s", text)


if __name__ == "__main__":
    kit.process_queue = process_queue
    kit.sweep_forever = lambda *everything: None
    kit.main()
