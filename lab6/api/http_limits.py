"""What one connection may ask of waitress, beside the lengths that it bounds itself."""

import os
import time

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.utilities import BadRequest

MAX_LINES = 200  # of a request's head: each is an object of its own, however short
MAX_CHUNK_LINE = 8 * 1024  # bytes of a line between chunks, or of all after the last
MAX_REQUEST_S = 120  # from its first byte to its last: 10 MB at a megabit a second


class Parser(HTTPRequestParser):
    """A request as it comes."""

    def parse_header(self, header_plus):
        if header_plus.count(b"\n") > MAX_LINES:
            raise ParsingError("Too many headers")
        try:
            super().parse_header(header_plus)
        except ValueError as err:  # of urllib, for an address that is none
            raise ParsingError("Invalid address") from err

    def received(self, data):
        taken = super().received(data)
        if self.chunked and not self.completed:
            body = self.body_rcv
            if len(body.control_line) + len(body.trailer) > MAX_CHUNK_LINE:
                self.error = BadRequest("Chunk line or trailer too long")
                self.completed = True
        return taken


class Channel(HTTPChannel):
    """A connection. One that asks again before it is answered is ended with the answer.

    Whoever asked for a hundred results in one go, and read none, would hold up a thread for ever;
    whoever sends a byte now and then, a place.
    """

    parser_class = Parser
    begun = None  # when the request began that is not here yet

    def received(self, data):
        taken = super().received(data)
        if self.request is None:
            self.begun = None
        elif self.begun is None:
            self.begun = time.monotonic()
        elif time.monotonic() - self.begun > MAX_REQUEST_S:
            self.will_close = True
        with self.requests_lock:
            if len(self.requests) > 1:
                for asked in self.requests:
                    asked.headers["CONNECTION"] = "close"
        return taken


def limit_connections(most):
    """Bound what each asks for; room for so many, as far as the system gives it."""
    TcpWSGIServer.channel_class = Channel
    if os.name == "posix":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = 3 * most  # a socket, and perhaps a file each for what came and what goes
        if resource.RLIM_INFINITY not in (soft, hard):
            wanted = min(wanted, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
