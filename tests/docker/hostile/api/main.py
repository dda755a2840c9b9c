"""Answers GET /try with what it could do of what it was asked: connect, read, gateways, echo."""

import json
import socket
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit


def connect(address):
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), 2).close()
    except OSError as error:
        return str(error)
    return "connected"


def read(path):
    try:
        return Path(path).read_text(errors="replace")
    except OSError:
        return None


def gateways(_):
    rows = [line.split() for line in Path("/proc/net/route").read_text().splitlines()[1:]]
    return [socket.inet_ntoa(bytes.fromhex(row[2])[::-1]) for row in rows if row[1] == "00000000"]


def echo(length):
    return "x" * int(length)


WISHES = {"connect": connect, "read": read, "gateways": gateways, "echo": echo}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        wishes = parse_qs(urlsplit(self.path).query)
        name = next(iter(wishes), "")
        body = json.dumps(WISHES[name](wishes[name][0]) if name in WISHES else None).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
