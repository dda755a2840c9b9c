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

# A session by its process and its start: a number alone may come again. In seconds, for a time as
# text would differ between workers with different time zones. What pg_stat_activity reads, at a
# third of its price.
SESSION = "SELECT pid || ' ' || extract(epoch FROM backend_start) FROM pg_stat_get_activity(%s)"


class PgDB:
    """The connection, and what this worker holds by it."""

    attempt = None  # at the job that it claimed last: a number, and the session that it was made in

    def __init__(self, settings):
        self._settings = settings | NOTICED
        self._conn = None
        self._prepared = set()

    def connection(self):
        if self._conn is None:
            conn = psycopg2.connect(**self._settings)
            conn.autocommit = True  # as in Go: a statement by itself is its own transaction
            with conn.cursor() as cur:
                own = SESSION % "pg_backend_pid()"
                cur.execute(f"SELECT set_config('lab6.session', ({own}), false)")
            self._conn = conn
        return self._conn

    def run(self, name, statement, args):
        """The row that the statement gives; it is planned once, which costs more than to do it."""
        with self.connection().cursor() as cur:
            if name not in self._prepared:
                cur.execute(f"PREPARE {name} AS {statement}")
                self._prepared.add(name)
            cur.execute(f"EXECUTE {name} ({', '.join(['%s'] * len(args))})", args)
            return cur.fetchone()

    def close(self):
        if self._conn is not None:
            self._conn.close()
        self._conn = None
        self._prepared.clear()
