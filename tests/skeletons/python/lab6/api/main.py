"""API-Gateway: відправник. Приймає зображення, записує завдання в PostgreSQL, публікує подію в Redis."""

import io
import logging
import os
import time
import uuid
from pathlib import Path

import psycopg2
import redis
import waitress
from flask import Flask, jsonify, request
from PIL import Image

# Налаштування — зі змінних середовища: їх задає docker-compose.yml
STORAGE_DIR = "./storage"
ACTIONS = ("grayscale", "resize", "crop")
MAX_UPLOAD = 10 * 1024 * 1024  # байтів
rdb = redis.Redis(
    host=os.environ.get("REDIS_HOST", "localhost"), port=int(os.environ.get("REDIS_PORT", "6379"))
)
app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = MAX_UPLOAD + 64 * 1024  # файл і форма навколо нього
log = logging.getLogger("api")


@app.post("/job/submit")
def submit_job_handler():
    # Завдання 1.1. Перевірте запит: у формі є файл «image» і поле «action»; дія відома; файл — зображення
    # PNG або JPEG (допоможе image_suffix нижче). Інакше поверніть error(400, …), error(422, …) чи error(415, …).
    # Наприкінці мають бути змінні data (байти файлу), action, params (рядок, можливо порожній) і suffix.
    # <завдання 1.1>
    image = request.files.get("image")
    action = request.form.get("action", "")
    params = request.form.get("params", "")
    if image is None or not action:
        return error(400, "У формі потрібні файл «image» і поле «action».")
    if action not in ACTIONS:
        return error(422, f"Дії «{action}» немає; є {', '.join(ACTIONS)}.")
    data = image.read()
    suffix = image_suffix(data)
    if suffix is None:
        return error(415, "Потрібне зображення PNG або JPEG.")
    # <інакше>
    # return todo("1.1")
    # </завдання>

    # Завдання 1.2. Придумайте job_id (UUID), збережіть файл у STORAGE_DIR під цією назвою і вставте в таблицю
    # jobs запис зі статусом QUEUED (допоможе execute нижче). Запис має з’явитися раніше за подію: чому?
    # <завдання 1.2>
    job_id = str(uuid.uuid4())
    file_path = f"{STORAGE_DIR}/{job_id}{suffix}"
    Path(file_path).write_bytes(data)
    execute(
        "INSERT INTO jobs (id, status, action, params, input_path) VALUES (%s, %s, %s, %s, %s)",
        (job_id, "QUEUED", action, params, file_path),
    )
    # <інакше>
    # return todo("1.2")
    # </завдання>

    # Завдання 1.3. Опублікуйте подію: повідомлення «job_id|file_path|action|params» — у кінець списку
    # image_processing_queue (команда RPUSH).
    # <завдання 1.3>
    job_data = f"{job_id}|{file_path}|{action}|{params}"
    queue_name = "image_processing_queue"
    rdb.rpush(queue_name, job_data)
    # <інакше>
    # return todo("1.3")
    # </завдання>

    # Завдання 1.4. Відповідайте одразу, не чекаючи на воркер: код 202 і JSON {"job_id": …, "status": "QUEUED"}.
    # <завдання 1.4>
    return jsonify(job_id=job_id, status="QUEUED"), 202
    # <інакше>
    # return todo("1.4")
    # </завдання>


# ---- Далі все готове: читайте й користуйтеся; змінювати не обов’язково ----


def todo(task):
    """Відповідь, доки завдання не виконано; рядок журналу показує, де саме писати код."""
    log.info("Завдання %s ще не виконано", task, stacklevel=2)
    return error(501, f"Завдання {task} ще не виконано.")


@app.get("/health")
def health_handler():
    rdb.ping()
    execute("SELECT 1")
    return jsonify(status="ok")


@app.errorhandler(redis.RedisError)
@app.errorhandler(psycopg2.Error)
def unavailable_handler(err):
    log.info("Error: %s", err)
    return error(503, "Redis або PostgreSQL не відповідає; спробуйте ще раз.")


def error(status, sentence):
    return jsonify(error=sentence), status


def image_suffix(data):
    """«.png» або «.jpg» за вмістом файлу; None, якщо це не PNG і не JPEG."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            return ".png" if image.format == "PNG" else ".jpg"
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def execute(sql, args=()):
    """Виконати одну команду SQL і зафіксувати її (commit). З’єднання щоразу нове: воно не застаріє."""
    conn = psycopg2.connect(
        host=os.environ.get("PG_HOST", "localhost"),
        port=os.environ.get("PG_PORT", "5432"),
        user=os.environ.get("PG_USER", "postgres"),
        password=os.environ.get("PG_PASSWORD", "postgres"),
        dbname=os.environ.get("PG_DBNAME", "jobs_db"),
        connect_timeout=3,
    )
    try:
        with conn, conn.cursor() as cur:
            cur.execute(sql, args)
    finally:
        conn.close()


def create_table():
    """Дочекатися PostgreSQL і створити таблицю, якщо її ще немає."""
    while True:
        try:
            execute(
                "CREATE TABLE IF NOT EXISTS jobs ("
                " id uuid PRIMARY KEY, status text NOT NULL, action text NOT NULL, params text NOT NULL,"
                " input_path text NOT NULL, output_path text, error text,"
                " created_at timestamptz NOT NULL DEFAULT now())"
            )
            return
        except psycopg2.OperationalError as err:
            log.info("Waiting for PostgreSQL: %s", err)
            time.sleep(1)


def main():
    logging.basicConfig(format="api/main.py:%(lineno)d: %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    Path(STORAGE_DIR).mkdir(exist_ok=True)
    create_table()
    port = int(os.environ.get("PORT", "8080"))
    log.info("API Gateway listening on port %d", port)
    host = os.environ.get("HOST", "0.0.0.0")
    waitress.serve(app, host=host, port=port, threads=16, max_request_body_size=6 * MAX_UPLOAD)


if __name__ == "__main__":
    main()
