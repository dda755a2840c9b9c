"""The lab's api on nothing but Python's own HTTP server."""

import email.parser
import email.policy
import io
import json
import os
import re
import threading
import time
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psycopg2
import redis
from PIL import Image

STORAGE = os.environ.get("STORAGE_DIR", "./storage")
PATTERNS = {"grayscale": r".*", "resize": r"\d+x\d+", "crop": r"\d+,\d+,\d+,\d+"}
one_at_a_time = threading.Lock()


def database():
    return psycopg2.connect(
        host=os.environ["PG_HOST"],
        port=os.environ["PG_PORT"],
        user=os.environ["PG_USER"],
        password=os.environ["PG_PASSWORD"],
        dbname=os.environ["PG_DBNAME"],
    )


def execute(sql, args=()):
    with one_at_a_time:
        connection = database()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, args)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        if self.path.partition("?")[0] != "/job/submit":
            return self.answer(404, {"error": "no such address"})
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        head = f"Content-Type: {self.headers.get('Content-Type', '')}\r\n\r\n".encode()
        form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
        parts = {
            part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
            for part in (form.iter_parts() if form.is_multipart() else ())
        }
        action = parts.get("action", b"").decode()
        params = parts.get("params", b"").decode()
        if "image" not in parts or action not in PATTERNS:
            return self.answer(400, {"error": "image and action are needed"})
        if not re.fullmatch(PATTERNS[action], params):
            return self.answer(422, {"error": "params do not fit"})
        try:
            suffix = {"PNG": ".png", "JPEG": ".jpg"}[Image.open(io.BytesIO(parts["image"])).format]
        except Exception:
            return self.answer(415, {"error": "no picture"})
        job_id = str(uuid.uuid4())
        path = f"{STORAGE}/{job_id}{suffix}"
        Path(path).write_bytes(parts["image"])
        execute(
            "INSERT INTO jobs (id, status, action, params, input_path) VALUES (%s, 'QUEUED', %s, %s, %s)",
            (job_id, action, params, path),
        )
        queue = redis.Redis(os.environ["REDIS_HOST"], int(os.environ["REDIS_PORT"]))
        queue.rpush("image_processing_queue", f"{job_id}|{path}|{action}|{params}")
        return self.answer(202, {"job_id": job_id, "status": "QUEUED"})

    def do_GET(self):
        if self.path == "/health":
            return self.answer(200, {"status": "ok"})
        return self.answer(404, {"error": "no such address"})

    def answer(self, status, document):
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    request_queue_size = 128


def main():
    Path(STORAGE).mkdir(parents=True, exist_ok=True)
    while True:
        try:
            execute(
                "CREATE TABLE IF NOT EXISTS jobs (id uuid PRIMARY KEY, status text, action text, params text,"
                " input_path text, output_path text, error text, created_at timestamptz DEFAULT now(),"
                " started_at timestamptz, finished_at timestamptz,"
                " attempts integer DEFAULT 0, session text, lease_until timestamptz, pushed_at timestamptz)"
            )
            break
        except psycopg2.OperationalError:
            time.sleep(1)
    Server(
        (os.environ.get("HOST", "0.0.0.0"), int(os.environ.get("PORT", "8080"))), Handler
    ).serve_forever()


main()
