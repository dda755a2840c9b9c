"""The server that the api runs in, its limits, and its log."""

import logging
import signal
import sys

import waitress
from http_limits import limit_connections
from upload import MAX_UPLOAD

CONNECTIONS = 2_000  # at once
THREADS = 16  # requests at once; as many connections to PostgreSQL


class LogFormatter(logging.Formatter):
    """Go's Lshortfile look; one event stays one line, whatever a message holds."""

    def format(self, record):
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in record.getMessage().strip())
        return f"api/{record.filename}:{record.lineno}: {text}"


def write_log(log):
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter())
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a request that waits is no news


def end_on_sigterm():
    """The first process of a container ends at no signal that it does not ask for."""
    signal.signal(signal.SIGTERM, lambda signum, frame: sys.exit(0))


def limit_requests(app):
    """What Flask reads of one request."""
    app.json.ensure_ascii = False
    app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD + 64 * 1024  # the form around the file
    app.config["MAX_FORM_PARTS"] = 8  # three are asked for
    app.config["MAX_FORM_MEMORY_SIZE"] = 100_000  # bytes of the parts that are no file


def serve(app, host, port):
    """Answer requests, for ever."""
    limit_connections(CONNECTIONS)
    waitress.serve(
        app,
        host=host,
        port=port,
        threads=THREADS,
        max_request_body_size=6 * MAX_UPLOAD,
        max_request_header_size=32 * 1024,
        inbuf_overflow=32 * 1024,  # what is longer waits in a file, not in memory
        outbuf_high_watermark=1 << 40,  # a result is a file; no thread waits until it is read
        connection_limit=CONNECTIONS,  # who only holds a connection keeps nobody else out,
        asyncore_use_poll=True,
        channel_timeout=30,  # and not for ever
        cleanup_interval=5,
        log_socket_errors=False,  # a client that went away is no news
        ident=None,
    )
