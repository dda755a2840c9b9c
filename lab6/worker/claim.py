"""Whose a job is: a worker's that has claimed it in its row, for a time (the lease) and while that
worker's session with PostgreSQL lives.
"""

import logging
import os

import psycopg2
from pg import SESSION
from stopping import pause

LEASE_S = float(os.environ.get("LEASE_SECONDS", "60"))  # longer than any picture takes
ATTEMPTS = 5  # who kills five workers is poison

GONE = (
    f"(lease_until < now() OR session NOT IN ({SESSION % 'NULL'} WHERE backend_start IS NOT NULL))"
)

# No wait for the disk: what a crash of PostgreSQL takes away of a claim is claimed again.
CLAIM = f"""
UPDATE jobs SET status = 'PROCESSING', attempts = attempts + 1, started_at = now(),
    lease_until = now() + $1 * interval '1 s', session = current_setting('lab6.session')
WHERE id = $2 AND (status = 'QUEUED' OR status = 'PROCESSING' AND attempts < {ATTEMPTS} AND {GONE})
RETURNING attempts, session, set_config('synchronous_commit', 'off', true)
"""
# Only by the attempt that holds the job: one that came too late changes nothing. An attempt is its
# number and its session, for a number that a crash took away comes again.
FINISH = """
UPDATE jobs SET status = $1, error = $2, output_path = $3, finished_at = now()
WHERE id = $4 AND status = 'PROCESSING' AND attempts = $5 AND session = $6
RETURNING attempts
"""
# The attempt's number where its status stands already, and only the answer to its commit was lost;
# else 0.
OURS = """
SELECT CASE WHEN status = $1 AND attempts = $3 AND session = $4 THEN attempts ELSE 0 END
FROM jobs WHERE id = $2
"""

log = logging.getLogger("worker")


def claim(pg_db, job_id):
    """Take the job: PROCESSING. False where there is no such job, or it is another's, or done."""
    row = answer(
        lambda: (
            pg_db.run("claim", CLAIM, (LEASE_S, job_id))
            or pg_db.run("ours", OURS, ("PROCESSING", job_id, 0, ""))
        ),
        pg_db,
    )
    if row is None:
        log.info("Job %s FAILED. Error: no such job in PostgreSQL", job_id)
    elif not row[0]:
        log.info("Duplicate event skipped: job %s is taken or done", job_id)
    pg_db.attempt = row and row[:2]
    return bool(row and row[0])


def finish(pg_db, job_id, status, error, output_path):
    """End the job: COMPLETED or FAILED. False where it is another's by now."""
    row = answer(
        lambda: (
            pg_db.run("finish", FINISH, (status, error, output_path, job_id, *pg_db.attempt))
            or pg_db.run("ours", OURS, (status, job_id, *pg_db.attempt))
        ),
        pg_db,
    )
    return bool(row and row[0])


def answer(ask, pg_db):
    """The row that PostgreSQL gives, None where there is none; asks until it answers."""
    while True:
        try:
            return ask()
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
