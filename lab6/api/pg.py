"""PostgreSQL: as many connections as requests at once, each made anew after it broke."""

import logging
import queue
import time

import psycopg2

PAUSE_S = 1  # between two attempts to reach PostgreSQL at the start
# A cut network is noticed within a quarter of a minute.
NOTICED = {
    "connect_timeout": "3",
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
}
TABLE = """
SELECT pg_advisory_xact_lock(6);  -- several api may start at once
CREATE TABLE IF NOT EXISTS jobs (
    id uuid PRIMARY KEY, status text NOT NULL, action text NOT NULL, params text NOT NULL,
    input_path text NOT NULL, output_path text, error text,
    created_at timestamptz NOT NULL DEFAULT now(), started_at timestamptz, finished_at timestamptz,
    attempts integer NOT NULL DEFAULT 0, session text, lease_until timestamptz,
    pushed_at timestamptz)
"""

log = logging.getLogger("api")


class PgDB:
    """The pool: a statement at a time on each connection."""

    def __init__(self, settings, connections):
        self._settings = settings | NOTICED
        self._pool = queue.LifoQueue()
        for _ in range(connections):
            self._pool.put(None)  # a place for a connection; who finds none there makes one

    def execute(self, sql, args=()):
        """Run one statement and commit it; the rows, if it gives any, as dicts.

        An error says whether the statement is ``in_doubt``: the connection was lost at its commit.
        """
        conn = self._pool.get()
        in_doubt = False
        try:
            if conn is not None:
                try:
                    return run(conn, sql, args)
                except (psycopg2.OperationalError, psycopg2.InterfaceError) as err:
                    # PostgreSQL was restarted meanwhile: once more on a new connection
                    conn, in_doubt = None, err.in_doubt
            conn = psycopg2.connect(**self._settings)
            return run(conn, sql, args)
        except psycopg2.Error as err:
            err.in_doubt = in_doubt or getattr(err, "in_doubt", False)
            raise
        finally:
            self._pool.put(conn if conn is not None and not conn.closed else None)

    def wait_and_create(self):
        """Wait until PostgreSQL answers, and make the table where it is not there yet."""
        while True:
            try:
                self.execute(TABLE)
                return
            except psycopg2.OperationalError as err:
                log.info("Waiting for PostgreSQL: %s", err)
                time.sleep(PAUSE_S)


def run(conn, sql, args):
    done = False
    try:
        with conn, conn.cursor() as cur:
            cur.execute(sql, args)
            names = [column.name for column in cur.description or ()]
            rows = [dict(zip(names, row, strict=True)) for row in cur.fetchall()] if names else []
            done = True
        return rows
    except psycopg2.Error as err:
        err.in_doubt = done
        raise
