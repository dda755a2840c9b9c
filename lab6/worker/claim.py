"""Whose a job is: a worker's that has claimed it in its row, for a time (the lease) and while that
worker's session with PostgreSQL lives.
"""

import logging
import os

import psycopg2
from stopping import pause

LEASE_S = float(os.environ.get("LEASE_SECONDS", "60"))  # longer than any picture takes
ATTEMPTS = 5  # who kills five workers is poison

# A session by its process and its start: a number alone may come again. In seconds, for a time as
# text would differ between workers with different time zones. What pg_stat_activity reads, at a
# third of its price.
SESSION = "SELECT pid || ' ' || extract(epoch FROM backend_start) FROM pg_stat_get_activity(%s)"
GONE = (
    f"(lease_until < now() OR session NOT IN ({SESSION % 'NULL'} WHERE backend_start IS NOT NULL))"
)

CLAIM = f"""
UPDATE jobs SET status = 'PROCESSING', attempts = attempts + 1, started_at = now(),
    lease_until = now() + %s * interval '1 s', session = ({SESSION % "pg_backend_pid()"})
WHERE id = %s AND (status = 'QUEUED' OR status = 'PROCESSING' AND attempts < {ATTEMPTS} AND {GONE})
RETURNING attempts
"""
# Only by the attempt that holds the job: one that came too late changes nothing.
FINISH = """
UPDATE jobs SET status = %s, error = %s, output_path = %s, finished_at = now()
WHERE id = %s AND status = 'PROCESSING' AND attempts = %s
RETURNING attempts
"""
# The attempt's number where its status stands already, and only the answer to its commit was lost;
# else 0.
OURS = """
SELECT CASE WHEN attempts = %s AND status = %s THEN attempts ELSE 0 END FROM jobs WHERE id = %s
"""

log = logging.getLogger("worker")


def claim(pg_db, job_id):
    """Take the job: PROCESSING. False where there is no such job, or it is another's, or done."""
    attempt = changed(pg_db, CLAIM, (LEASE_S, job_id), (0, "PROCESSING", job_id))
    if attempt is None:
        log.info("Job %s FAILED. Error: no such job in PostgreSQL", job_id)
    elif not attempt:
        log.info("Duplicate event skipped: job %s is taken or done", job_id)
    pg_db.attempt = attempt
    return bool(attempt)


def finish(pg_db, job_id, status, error, output_path):
    """End the job: COMPLETED or FAILED. False where it is another's by now."""
    args = (status, error, output_path, job_id, pg_db.attempt)
    return bool(changed(pg_db, FINISH, args, (pg_db.attempt, status, job_id)))


def changed(pg_db, statement, args, ours):
    """The number of the attempt that the row is of, after the statement changed it.

    0 where the job is another's by now, or done; None where there is no such row. Tries until
    PostgreSQL answers.
    """
    while True:
        try:
            with pg_db.connection().cursor() as cur:
                cur.execute(statement, args)
                row = cur.fetchone()
                if row is None:
                    cur.execute(OURS, ours)
                    row = cur.fetchone()
                return row and row[0]
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as err:
            log.info("Error updating status in PostgreSQL: %s", err)
            pg_db.close()
            pause()
        except psycopg2.Error as err:  # PostgreSQL is there, and refuses: no table yet, say
            log.info("Error updating status in PostgreSQL: %s", err)
            return None


def reason_of(err):
    """What is told of an error, in the row and in the log."""
    return f"cannot process the picture: {err}"[:500].replace("\0", "")
