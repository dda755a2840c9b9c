"""A service with failpoints, for moments that no signal from outside can be timed for.

It runs as the service's ``main.py`` and knows nothing of the service: it wraps what the service
calls (redis-py, psycopg2, Pillow, files) and then runs the service, which lies beside it as
``service.py``. The folder that the environment variable ``LAB6_FAILPOINTS`` names holds one file
for every point that is armed; who comes to the point first takes the file away, and does what it
says:

``kill``     end at once, as by SIGKILL
``stop``     freeze, until somebody sends SIGCONT
``wait``     wait here until somebody removes ``<point>.hit``, so that it can be paused from outside
``lose``     the connection to PostgreSQL is lost, here
``timeout``  Redis did not answer in time
``full``     the disk is full

Points of the api: ``write save insert.before insert.committing insert.committed push.before
push.after``; of the worker: ``pop claim.before claim.committing claim.committed picture encode
write save saved finish.before finish.committing finish.committed push.before push.after``.
"""

import errno
import json
import os
import pathlib
import signal
import sys
import time

HERE = pathlib.Path(__file__).parent
SETTINGS = json.loads((HERE / "failpoints.json").read_text())
SERVICE = SETTINGS["service"]  # api, worker


def hit(point, conn=None):
    """Do what this point is armed for, if it is."""
    armed = os.path.join(FOLDER, f"{SERVICE}.{point}")
    if not os.path.exists(armed):
        return
    try:
        os.rename(armed, f"{armed}.hit")
    except FileNotFoundError:
        return  # another process was quicker
    taken = pathlib.Path(f"{armed}.hit")
    action = taken.read_text()
    while action == "wait" and taken.exists():
        time.sleep(0.01)
    if action != "wait":
        act(action, conn)


def act(action, conn=None):
    import psycopg2
    import redis

    if action == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
        os._exit(137)  # the first process of a container is spared its own signals
    elif action == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif action == "lose":
        conn.close()
        raise psycopg2.OperationalError("failpoint: the connection is lost")
    elif action == "timeout":
        raise redis.TimeoutError("failpoint: no answer in time")
    elif action == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    else:
        raise ValueError(action)


def around(owner, name, before=None, after=None):
    """Let ``owner.name`` pass through these points."""
    plain = getattr(owner, name)

    def wrapped(*args, **kwargs):
        if before:
            hit(before)
        result = plain(*args, **kwargs)
        if after:
            hit(after)
        return result

    setattr(owner, name, wrapped)


def watch_postgres():
    """Points before a statement, before its commit, and between the commit and the word of it.

    A statement that commits itself comes to its commit when it is sent.
    """
    import psycopg2
    from psycopg2 import extensions

    class Cursor(extensions.cursor):
        def execute(self, query, args=None):
            conn = self.connection
            step = step_of(query, args or ())
            if step:
                hit(f"{step}.before", conn)
            if not step or not conn.autocommit:
                conn.step = step
                return super().execute(query, args)
            hit(f"{step}.committing", conn)
            super().execute(query, args)
            return hit(f"{step}.committed", conn)

    class Connection(extensions.connection):
        step = None

        def commit(self):
            step, self.step = self.step, None
            if step:
                hit(f"{step}.committing", self)
            super().commit()
            if step:
                hit(f"{step}.committed", self)

    plain = psycopg2.connect

    def connect(*args, **kwargs):
        return plain(*args, connection_factory=Connection, cursor_factory=Cursor, **kwargs)

    psycopg2.connect = connect


def step_of(query, args):
    """What a statement is for: insert, claim, finish; None for any other."""
    if query.startswith("INSERT INTO jobs"):
        return "insert"
    if query.startswith(("EXECUTE claim", "EXECUTE finish")):
        return query.split()[1]
    if query.strip().startswith("UPDATE jobs SET status = %s"):
        return "claim" if args[0] == "PROCESSING" else "finish"
    return None


def watch_redis():
    import redis

    around(redis.Redis, "blpop", after="pop")
    around(redis.Redis, "blmove", after="pop")
    around(redis.Redis, "rpush", before="push.before", after="push.after")


def watch_files():
    """The disk, and the moment between a whole file and its name."""
    around(os, "replace", before="save", after="saved")
    if SERVICE == "api":
        around(os, "fsync", before="write")
    else:
        around(os, "write", before="write")


def watch_pictures():
    """In the middle of a picture; a picture that says so ends whoever decodes it."""
    from PIL import Image, ImageFile

    plain = ImageFile.ImageFile.load

    def load(self):
        if b"poison" in self.info.get("exif", b""):
            act("kill")
        hit("picture")
        return plain(self)

    ImageFile.ImageFile.load = load
    around(Image.Image, "save", before="encode")


def shift_clock(seconds):
    """Give this service another time than all others have."""
    plain = time.time
    time.time = lambda: plain() + seconds


if __name__ == "__main__":
    os.environ.update(SETTINGS["environment"])
    FOLDER = os.environ["LAB6_FAILPOINTS"]
    clock = pathlib.Path(FOLDER, f"{SERVICE}.clock")
    if clock.exists():  # a clock that is wrong, in another time zone
        shift_clock(float(clock.read_text()))
        os.environ.update(TZ="Pacific/Kiritimati", PGTZ="Pacific/Kiritimati")
        time.tzset()
    watch_postgres()
    watch_redis()
    watch_files()
    if SERVICE == "worker":
        watch_pictures()
    code = compile((HERE / "service.py").read_text(encoding="utf-8"), str(HERE / "main.py"), "exec")
    sys.argv[0] = str(HERE / "main.py")
    exec(code, {"__name__": "__main__", "__file__": sys.argv[0]})
