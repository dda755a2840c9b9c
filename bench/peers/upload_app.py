"""The least that one could call an api: the upload is saved under a fresh name, nothing is checked
or kept.

Run as a program it stands on waitress; gunicorn takes ``app``.
"""

import os
import sys
import uuid

import waitress
from flask import Flask, jsonify, request

app = Flask(__name__)
STORAGE_DIR = os.environ["STORAGE_DIR"]


@app.post("/job/submit")
def submit():
    job_id = str(uuid.uuid4())
    request.files["image"].save(f"{STORAGE_DIR}/{job_id}.jpg")
    return jsonify(job_id=job_id, status="QUEUED"), 202


if __name__ == "__main__":
    waitress.serve(app, host="127.0.0.1", port=int(sys.argv[1]), threads=int(sys.argv[2]))
