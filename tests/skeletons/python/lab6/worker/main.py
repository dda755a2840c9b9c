"""Worker-Service: споживач. Чекає на події в Redis, обробляє зображення, записує статус у PostgreSQL."""

import logging
import os
import re
import time
import uuid
from pathlib import Path

import psycopg2
import redis
from PIL import Image

# Налаштування — зі змінних середовища: їх задає docker-compose.yml
STORAGE_DIR = "./storage"
REDIS_PAUSE_S = 5  # після помилки Redis, як у тексті лабораторної
log = logging.getLogger("worker")


def process_queue(rdb):
    log.info("Worker started listening for events...")
    queue_name = "image_processing_queue"

    while True:
        # Завдання 2.1. Дочекайтеся події блокувальною командою BLPOP (без межі часу) і запишіть у журнал
        # «Received New Event: Job Submitted. Data: <повідомлення>». Якщо Redis не відповідає (redis.RedisError),
        # запишіть рядок «Error receiving event from Redis: <причина>», зачекайте REDIS_PAUSE_S і спробуйте знову.
        # Наприкінці має бути змінна job_data (рядок).
        # <завдання 2.1>
        try:
            result = rdb.blpop([queue_name], 0)
        except redis.RedisError as err:
            log.info("Error receiving event from Redis: %s", err)
            time.sleep(REDIS_PAUSE_S)
            continue
        job_data = result[1].decode("utf-8", "replace")
        log.info("Received New Event: Job Submitted. Data: %s", one_line(job_data))
        # <інакше>
        # log.info("Завдання 2.1 ще не виконано: дочекайтеся події командою BLPOP")
        # time.sleep(REDIS_PAUSE_S)
        # continue
        # </завдання>

        # Завдання 2.2. Розберіть повідомлення (parse_job_data нижче). Пошкоджене пропустіть, записавши це в журнал.
        # <завдання 2.2>
        try:
            job_id, input_path, action, params = parse_job_data(job_data)
        except ValueError as err:
            log.info("Malformed event skipped: %s", err)
            continue
        # <інакше>
        # raise NotImplementedError("Завдання 2.2 ще не виконано: розберіть повідомлення")
        # </завдання>

        # Завдання 2.3. Змініть статус у PostgreSQL на PROCESSING (update_pg_status нижче), а тоді запишіть
        # у журнал «Status updated to PROCESSING for job <job_id>». Чому саме в такому порядку?
        # <завдання 2.3>
        update_pg_status(job_id, "PROCESSING")
        log.info("Status updated to PROCESSING for job %s", job_id)
        # <інакше>
        # raise NotImplementedError("Завдання 2.3 ще не виконано: статус PROCESSING")
        # </завдання>

        # Завдання 2.4. Обробіть зображення (process_image нижче). Якщо вийшло, запишіть статус COMPLETED і рядок
        # «Job <job_id> COMPLETED. Result saved to: <шлях>». Якщо ні (будь-який виняток) — статус FAILED
        # із причиною і рядок «Job <job_id> FAILED. Error: <причина>»; воркер працює далі.
        # <завдання 2.4>
        try:
            output_path = process_image(job_id, input_path, action, params)
        except Exception as err:
            update_pg_status(job_id, "FAILED", error=str(err))
            log.info("Job %s FAILED. Error: %s", job_id, one_line(str(err)))
        else:
            update_pg_status(job_id, "COMPLETED", output_path=output_path)
            log.info("Job %s COMPLETED. Result saved to: %s", job_id, output_path)
        # <інакше>
        # raise NotImplementedError("Завдання 2.4 ще не виконано: обробіть зображення")
        # </завдання>


def parse_job_data(job_data):
    """job_id, input_path, action, params з повідомлення «job_id|file_path|action|params».

    ValueError, якщо полів не чотири або job_id — не UUID.
    """
    # <завдання 2.2>
    fields = job_data.split("|")
    if len(fields) != 4:
        raise ValueError(f"{len(fields)} fields, not 4")
    job_id, input_path, action, params = fields
    return str(uuid.UUID(job_id)), input_path, action, params
    # <інакше>
    # raise NotImplementedError("Завдання 2.2 ще не виконано: parse_job_data")
    # </завдання>


def update_pg_status(job_id, status, error=None, output_path=None):
    """Записати статус (і причину чи шлях результату) в запис цього завдання в таблиці jobs."""
    # <завдання 2.3>
    execute(
        "UPDATE jobs SET status = %s, error = %s, output_path = %s WHERE id = %s",
        (status, error, output_path, job_id),
    )
    # <інакше>
    # raise NotImplementedError("Завдання 2.3 ще не виконано: update_pg_status")
    # </завдання>


def process_image(job_id, input_path, action, params):
    """Виконати дію над зображенням і зберегти результат; повернути його шлях.

    grayscale — відтінки сірого; resize — «ШИРИНАxВИСОТА»; crop — «x1,y1,x2,y2», два кути. Шлях результату —
    STORAGE_DIR/processed_<job_id> із суфіксом вхідного файлу. Допоможе бібліотека Pillow: Image.open, convert,
    resize, crop, save; числа з params поверне numbers нижче.
    """
    # <завдання 2.4>
    with Image.open(input_path) as image:
        if action == "grayscale":
            result = image.convert("LA" if image.mode in ("LA", "RGBA") else "L")
        elif action == "resize":
            result = image.resize(numbers(params, 2))
        elif action == "crop":
            result = image.crop(numbers(params, 4))
        else:
            raise ValueError(f"unknown action {action}")
    output_path = f"{STORAGE_DIR}/processed_{job_id}{Path(input_path).suffix}"
    result.save(output_path, quality=95)
    return output_path
    # <інакше>
    # raise NotImplementedError("Завдання 2.4 ще не виконано: process_image")
    # </завдання>


# ---- Далі все готове: читайте й користуйтеся; змінювати не обов’язково ----


def numbers(params, count):
    """Цілі числа з params, наприклад (640, 480) з «640x480»; ValueError, якщо їх не count."""
    found = tuple(int(digits) for digits in re.findall(r"[0-9]+", params))
    if len(found) != count:
        raise ValueError(f"params {params!r} do not fit the action")
    return found


def one_line(text):
    """Той самий текст одним рядком журналу."""
    return "".join(char if char.isprintable() else "?" for char in text)


pg_db = None


def execute(sql, args):
    """Виконати одну команду SQL і зафіксувати її. Поки PostgreSQL не відповідає — пробувати знову."""
    global pg_db
    while True:
        try:
            if pg_db is None:
                pg_db = connect_pg()
            with pg_db, pg_db.cursor() as cur:
                cur.execute(sql, args)
            return
        except (psycopg2.OperationalError, psycopg2.InterfaceError) as err:
            log.info("Error updating status in PostgreSQL: %s", err)
            pg_db = None
            time.sleep(1)


def connect_pg():
    return psycopg2.connect(
        host=os.environ.get("PG_HOST", "localhost"),
        port=os.environ.get("PG_PORT", "5432"),
        user=os.environ.get("PG_USER", "postgres"),
        password=os.environ.get("PG_PASSWORD", "postgres"),
        dbname=os.environ.get("PG_DBNAME", "jobs_db"),
        connect_timeout=5,
    )


def main():
    logging.basicConfig(format="worker/main.py:%(lineno)d: %(message)s", level=logging.WARNING)
    log.setLevel(logging.INFO)
    rdb = redis.Redis(
        host=os.environ.get("REDIS_HOST", "localhost"),
        port=int(os.environ.get("REDIS_PORT", "6379")),
        socket_timeout=None,  # BLPOP чекає скільки завгодно
    )
    process_queue(rdb)


if __name__ == "__main__":
    main()
