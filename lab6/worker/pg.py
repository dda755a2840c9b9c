"""PostgreSQL: a connection that is made when it is needed, and made anew after it broke."""

import psycopg2

# A cut network is noticed within a quarter of a minute; a transaction of a frozen worker holds up
# nobody.
NOTICED = {
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "tcp_user_timeout": "15000",
    "options": "-c idle_in_transaction_session_timeout=10000",
}


class PgDB:
    """The connection, and what this worker holds by it."""

    attempt = 0  # the number of this worker's attempt at the job that it claimed last

    def __init__(self, settings):
        self._settings = settings | NOTICED
        self._conn = None

    def connection(self):
        if self._conn is None:
            self._conn = psycopg2.connect(**self._settings)
            self._conn.autocommit = True  # as in Go: a statement by itself is its own transaction
        return self._conn

    def close(self):
        if self._conn is not None:
            self._conn.close()
        self._conn = None
