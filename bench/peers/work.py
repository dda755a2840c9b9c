"""The work, the same for every peer: the row's two changes and the lab's own processing of the
picture.
"""

import threading

import main as lab  # lab6/worker/main.py, which the bench puts on the path
import psycopg2

_own = threading.local()  # a connection a thread, kept


def perform(job_id, file_path, action, params):
    """One job, as the lab's worker does it: PROCESSING, the picture, COMPLETED."""
    begun = "UPDATE jobs SET status = 'PROCESSING', attempts = attempts + 1, started_at = now() WHERE id = %s"
    ended = (
        "UPDATE jobs SET status = 'COMPLETED', output_path = %s, finished_at = now() WHERE id = %s"
    )
    conn = getattr(_own, "conn", None)
    if conn is None:
        conn = _own.conn = psycopg2.connect(**lab.PG_SETTINGS)
    with conn, conn.cursor() as cur:
        cur.execute(begun, (job_id,))
    output_path = lab.process_image(job_id, file_path, action, params)
    with conn, conn.cursor() as cur:
        cur.execute(ended, (output_path, job_id))
