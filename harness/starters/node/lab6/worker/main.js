// Worker-Service: споживач. Чекає на події в Redis, обробляє зображення, записує статус у PostgreSQL.
"use strict";

const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

const pg = require("pg");
const redis = require("redis");
const sharp = require("sharp");

// Налаштування — зі змінних середовища: їх задає docker-compose.yml
const env = process.env;
const STORAGE_DIR = "./storage";
const REDIS_PAUSE_MS = 5000; // після помилки Redis, як у тексті лабораторної

async function processQueue(rdb) {
  log("Worker started listening for events...");
  const queueName = "image_processing_queue";

  for (;;) {
    // Завдання 2.1. Дочекайтеся події блокувальною командою BLPOP (await rdb.blPop(…) без межі часу) і запишіть у журнал
    // «Received New Event: Job Submitted. Data: <повідомлення>». Якщо Redis не відповідає (виняток), запишіть рядок
    // «Error receiving event from Redis: <причина>», зачекайте REDIS_PAUSE_MS (await sleep) і спробуйте знову.
    // Наприкінці має бути змінна jobData (рядок).
    log("Завдання 2.1 ще не виконано: дочекайтеся події командою BLPOP");
    await sleep(REDIS_PAUSE_MS);
    continue;

    // Завдання 2.2. Розберіть повідомлення (parseJobData нижче). Пошкоджене пропустіть, записавши це в журнал.
    throw new Error("Завдання 2.2 ще не виконано: розберіть повідомлення");

    // Завдання 2.3. Змініть статус у PostgreSQL на PROCESSING (await updatePgStatus(…)), а тоді запишіть
    // у журнал «Status updated to PROCESSING for job <job_id>». Чому саме в такому порядку?
    throw new Error("Завдання 2.3 ще не виконано: статус PROCESSING");

    // Завдання 2.4. Обробіть зображення (await processImage(…)). Якщо вийшло, запишіть статус COMPLETED і рядок
    // «Job <job_id> COMPLETED. Result saved to: <шлях>». Якщо ні (будь-який виняток) — статус FAILED
    // із причиною і рядок «Job <job_id> FAILED. Error: <причина>»; воркер працює далі.
    throw new Error("Завдання 2.4 ще не виконано: обробіть зображення");
  }
}

// { jobId, inputPath, action, params } з повідомлення «job_id|file_path|action|params»; виняток (throw new Error),
// якщо полів не чотири або job_id — не UUID (допоможуть split і UUID нижче).
function parseJobData(jobData) {
  throw new Error("Завдання 2.2 ще не виконано: parseJobData");
}

// Записати статус (і причину чи шлях результату) в запис цього завдання в таблиці jobs (допоможе execute нижче).
async function updatePgStatus(jobId, status, { error = null, outputPath = null } = {}) {
  throw new Error("Завдання 2.3 ще не виконано: updatePgStatus");
}

// Виконати дію над зображенням і зберегти результат; повернути його шлях.
//
// grayscale — відтінки сірого; resize — «ШИРИНАxВИСОТА»; crop — «x1,y1,x2,y2», два кути. Шлях результату —
// STORAGE_DIR/processed_<job_id> із суфіксом вхідного файлу (path.extname). Допоможе бібліотека sharp: sharp(inputPath),
// grayscale(), resize(ширина, висота, { fit: "fill" }), extract({ left, top, width, height }); числа з params поверне
// numbers, файл запише save — обидві нижче.
async function processImage(jobId, inputPath, action, params) {
  throw new Error("Завдання 2.4 ще не виконано: processImage");
}

// ---- Далі все готове: читайте й користуйтеся; змінювати не обов’язково ----

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

async function save(image, outputPath) {
  await (outputPath.endsWith(".png") ? image.png() : image.jpeg({ quality: 95 })).toFile(outputPath);
}

// Цілі числа з params, наприклад [640, 480] з «640x480»; виняток, якщо їх не count.
function numbers(params, count) {
  const found = (params.match(/[0-9]+/g) ?? []).map(Number);
  if (found.length !== count) {
    throw new Error(`params "${params}" do not fit the action`);
  }
  return found;
}

// Той самий текст одним рядком журналу.
function oneLine(text) {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
}

// Класи помилок SQLSTATE, які минають: немає з’єднання, бракує ресурсів, сервер зупиняють чи запускають.
const PASSING = /^(08|53|57)/;
const pgDb = new pg.Pool({
  host: env.PG_HOST ?? "localhost",
  port: Number(env.PG_PORT ?? 5432),
  user: env.PG_USER ?? "postgres",
  password: env.PG_PASSWORD ?? "postgres",
  database: env.PG_DBNAME ?? "jobs_db",
  max: 1,
  connectionTimeoutMillis: 5000,
});

// Виконати одну команду SQL. Поки PostgreSQL не відповідає — пробувати знову; помилка в самій команді — виняток.
async function execute(sql, args) {
  for (;;) {
    try {
      await pgDb.query(sql, args);
      return;
    } catch (err) {
      if (err instanceof pg.DatabaseError && !PASSING.test(err.code)) {
        throw err;
      }
      log(`Error updating status in PostgreSQL: ${err.message || err.code}`);
      await sleep(1000);
    }
  }
}

// Рядок журналу з місцем у коді, як у Go.
function log(text) {
  const [, line] = /:(\d+):\d+\)?$/.exec(new Error().stack.split("\n")[2]);
  console.log(`worker/main.js:${line}: ${text}`);
}

async function main() {
  pgDb.on("error", (err) => log(`PostgreSQL: ${err.message || err.code}`)); // без цього обірване з’єднання завершило б воркер
  const rdb = redis.createClient({
    socket: { host: env.REDIS_HOST ?? "localhost", port: Number(env.REDIS_PORT ?? 6379) },
  });
  rdb.on("error", (err) => log(`Redis: ${err.message || err.code}`));
  await rdb.connect();
  await processQueue(rdb);
}

process.once("SIGTERM", () => process.exit());
main();
