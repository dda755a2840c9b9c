"""The lab's own loop, as its text has it: BLPOP, three statuses, nothing against a fault. For
comparison.

It runs in the place of ``worker/main.py``, which lies beside it as ``kit.py``; all but the loop is
the same.
"""

import kit
import psycopg2
import redis
import stopping
from kit import log, parse_job_data, process_image


def process_queue(rdb, pg_db):
    log.info("Worker started listening for events...")
    queue_name = "image_processing_queue"

    while True:
        try:
            result = rdb.blpop([queue_name], 0)
        except redis.RedisError as err:
            log.info("Error receiving event from Redis: %s", err)
            stopping.sleep(kit.REDIS_PAUSE_S)
            continue

        job_data = result[1].decode("utf-8", "replace")
        log.info("Received New Event: Job Submitted. Data: %s", job_data)
        process_event(pg_db, job_data)


def process_event(pg_db, job_data):
    try:
        job_id, input_path, action, params = parse_job_data(job_data)
    except ValueError as err:
        log.info("Malformed event skipped: %s", err)
        return

    # 1. Worker оновлює статус у PG: PROCESSING (Компенсаційні дії не потрібні, оскільки статус
    # оновлюється)
    update_pg_status(pg_db, job_id, "PROCESSING", "")
    log.info("Status updated to PROCESSING for job %s", job_id)

    # 2. Виконання роботи... process_image()
    try:
        output_path = process_image(job_id, input_path, action, params)
    except Exception as err:
        # 3. Worker оновлює статус у PG: COMPLETED/FAILED
        update_pg_status(pg_db, job_id, "FAILED", str(err))
        log.info("Job %s FAILED. Error: %s", job_id, err)
        return
    update_pg_status(pg_db, job_id, "COMPLETED", "", output_path)
    log.info("Job %s COMPLETED. Result saved to: %s", job_id, output_path)


def update_pg_status(pg_db, job_id, status, error_msg, output_path=None):
    """As the lab's: tried once, and nobody looks at whether it worked. A broken connection is
    made anew.
    """
    try:
        with pg_db.connection().cursor() as cur:
            cur.execute(
                "UPDATE jobs SET status = %s, error = %s, output_path = %s WHERE id = %s",
                (status, error_msg or None, output_path, job_id),
            )
    except psycopg2.Error as err:
        log.info("Error updating status in PostgreSQL: %s", err)
        pg_db.close()


if __name__ == "__main__":
    kit.process_queue = process_queue
    kit.sweep_forever = lambda *everything: None
    kit.main()
