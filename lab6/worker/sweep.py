"""Nothing lost: PostgreSQL is the truth, Redis is a hint.

BLPOP takes an event out of the list before its work is done. What was claimed (claim.py) by a
worker that is gone, or waits in the table without an event in the list, is put back into the list
here.
"""

import os
import time

import psycopg2
import redis
from claim import ATTEMPTS, GONE

SWEEP_S = float(os.environ.get("SWEEP_SECONDS", "5"))
# An event that is in nobody's hands for so long is lost.
WAIT_S = float(os.environ.get("WAIT_SECONDS", "10"))
QUEUE = "image_processing_queue"

POISON = f"""
UPDATE jobs SET status = 'FAILED', error = 'poison: the job has ended its worker too often',
    finished_at = now()
WHERE status = 'PROCESSING' AND attempts >= {ATTEMPTS} AND {GONE}
RETURNING id, error
"""
LEFT = f"""
SELECT id::text, input_path, action, params, status FROM jobs
WHERE status = 'PROCESSING' AND {GONE}
    AND coalesce(pushed_at, '-infinity') < now() - {WAIT_S} * interval '1 s'
    OR status = 'QUEUED' AND coalesce(pushed_at, created_at) < now() - {WAIT_S} * interval '1 s'
ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED
"""


def sweep_forever(rdb, pg_db, log):
    missing = set()  # queued, and not in the list when last looked: perhaps just being taken
    while True:
        try:
            with pg_db.connection() as conn, conn.cursor() as cur:
                missing = sweep(rdb, cur, log, missing)
        except (psycopg2.Error, redis.RedisError):
            pg_db.close()  # the main loop tells of it
        except Exception as err:  # nothing else looks after lost events
            pg_db.close()
            log.info("Error sweeping: %r", err)
        time.sleep(SWEEP_S)


def sweep(rdb, cur, log, missing):
    """Fail what is poison, push what is lost; the queued jobs whose event is in the list no
    more.
    """
    cur.execute(POISON)
    for job_id, reason in cur.fetchall():
        log.info("Job %s FAILED. Error: %s", job_id, reason)
    cur.execute(LEFT)
    left = {"|".join(row[:4]): row for row in cur.fetchall()}
    with rdb.pipeline(transaction=False) as pipe:
        for job_data in left:
            pipe.lpos(QUEUE, job_data)
        places = pipe.execute()
    absent = set()
    for (job_data, (job_id, *_, status)), place in zip(left.items(), places, strict=True):
        if place is not None:
            continue
        if status == "QUEUED" and job_id not in missing:
            absent.add(job_id)
            continue
        cur.execute("UPDATE jobs SET pushed_at = now() WHERE id = %s", (job_id,))
        log.info("Redelivered Event: Job Submitted. Data: %s", job_data)
        rdb.rpush(QUEUE, job_data)
    return absent
