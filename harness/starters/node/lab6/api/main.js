// API-Gateway: відправник. Приймає зображення, записує завдання в PostgreSQL, публікує подію в Redis.
"use strict";

const { randomUUID } = require("node:crypto");
const fs = require("node:fs/promises");

const express = require("express");
const multer = require("multer");
const pg = require("pg");
const redis = require("redis");
const sharp = require("sharp");

// Налаштування — зі змінних середовища: їх задає docker-compose.yml
const env = process.env;
const STORAGE_DIR = "./storage";
const ACTIONS = ["grayscale", "resize", "crop"];
const MAX_UPLOAD = 10 * 1024 * 1024; // байтів
const app = express();
const upload = multer({ limits: { fileSize: MAX_UPLOAD, files: 1 } });
const pgDb = new pg.Pool({
  host: env.PG_HOST ?? "localhost",
  port: Number(env.PG_PORT ?? 5432),
  user: env.PG_USER ?? "postgres",
  password: env.PG_PASSWORD ?? "postgres",
  database: env.PG_DBNAME ?? "jobs_db",
  connectionTimeoutMillis: 3000,
});
const rdb = redis.createClient({
  socket: { host: env.REDIS_HOST ?? "localhost", port: Number(env.REDIS_PORT ?? 6379) },
  disableOfflineQueue: true, // без Redis — одразу помилка, а не мовчазне очікування
});

app.post("/job/submit", upload.single("image"), textFields, submitJobHandler);

async function submitJobHandler(req, res) {
  // Завдання 1.1. Перевірте запит: у формі є файл «image» (req.file) і поле «action» (req.body); дія відома; файл —
  // зображення PNG або JPEG (допоможе imageSuffix нижче). Інакше return error(res, 400, …), 422 чи 415.
  // Наприкінці мають бути data (байти файлу: req.file.buffer), action, params (рядок, можливо порожній) і suffix.
  return todo(res, "1.1");

  // Завдання 1.2. Придумайте jobId (randomUUID), збережіть файл у STORAGE_DIR під цією назвою (fs.writeFile) і вставте
  // в таблицю jobs запис зі статусом QUEUED (pgDb.query). Дочекайтеся (await) обох: запис має з’явитися раніше за
  // подію. Чому?
  return todo(res, "1.2");

  // Завдання 1.3. Опублікуйте подію: повідомлення «job_id|file_path|action|params» — у кінець списку
  // image_processing_queue (команда RPUSH: await rdb.rPush(…)).
  return todo(res, "1.3");

  // Завдання 1.4. Відповідайте одразу, не чекаючи на воркер: код 202 і JSON {"job_id": …, "status": "QUEUED"}
  // (res.status(…).json(…)).
  return todo(res, "1.4");
}

// ---- Далі все готове: читайте й користуйтеся; змінювати не обов’язково ----

// Відповідь, доки завдання не виконано; рядок журналу показує, де саме писати код.
function todo(res, task) {
  log(`Завдання ${task} ще не виконано`, 2);
  error(res, 501, `Завдання ${task} ще не виконано.`);
}

app.get("/health", async (req, res) => {
  await rdb.ping();
  await pgDb.query("SELECT 1");
  res.json({ status: "ok" });
});

app.use((req, res) => error(res, 404, "Такої адреси немає; є POST /job/submit і GET /health."));

// Помилки всіх обробників; журнал показує, у якому рядку коду вони сталися.
app.use((err, req, res, next) => {
  if (err instanceof multer.MulterError) {
    return error(res, err.code === "LIMIT_FILE_SIZE" ? 413 : 400, `Форму не прийнято: ${err.message}.`);
  }
  if (err.status >= 400 && err.status < 500) {
    return error(res, err.status, `Запит не прийнято: ${err.message}.`);
  }
  console.log(err.stack);
  if (err instanceof TypeError || err instanceof ReferenceError) {
    return error(res, 500, "Помилка в коді API; дивіться його журнал.");
  }
  error(res, 503, "Redis або PostgreSQL не відповідає; спробуйте ще раз.");
});

function error(res, status, sentence) {
  res.status(status).json({ error: sentence });
}

// Лишає у формі самі тексти: поле, надіслане двічі, — це масив.
function textFields(req, res, next) {
  const fields = Object.entries(req.body ?? {});
  req.body = Object.fromEntries(fields.filter(([, value]) => typeof value === "string"));
  next();
}

// «.png» або «.jpg» за вмістом файлу; null, якщо це не PNG і не JPEG.
async function imageSuffix(data) {
  try {
    const { format } = await sharp(data).metadata();
    return { png: ".png", jpeg: ".jpg" }[format] ?? null;
  } catch {
    return null;
  }
}

// Дочекатися PostgreSQL і створити таблицю, якщо її ще немає.
async function createTable() {
  for (;;) {
    try {
      await pgDb.query(`CREATE TABLE IF NOT EXISTS jobs (
        id uuid PRIMARY KEY, status text NOT NULL, action text NOT NULL, params text NOT NULL,
        input_path text NOT NULL, output_path text, error text,
        created_at timestamptz NOT NULL DEFAULT now())`);
      return;
    } catch (err) {
      log(`Waiting for PostgreSQL: ${err.message || err.code}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}

// Рядок журналу з місцем у коді; above — на скільки викликів вище за log воно лежить.
function log(text, above = 1) {
  const [, line] = /:(\d+):\d+\)?$/.exec(new Error().stack.split("\n")[above + 1]);
  console.log(`api/main.js:${line}: ${text}`);
}

async function main() {
  await fs.mkdir(STORAGE_DIR, { recursive: true });
  pgDb.on("error", (err) => log(`PostgreSQL: ${err.message || err.code}`)); // без цього обірване з’єднання завершило б API
  rdb.on("error", (err) => log(`Redis: ${err.message || err.code}`));
  await createTable();
  await rdb.connect();
  const port = Number(env.PORT ?? 8080);
  app.listen(port, env.HOST ?? "0.0.0.0", (err) => {
    if (err) throw err;
    log(`API Gateway listening on port ${port}`);
  });
}

process.once("SIGTERM", () => process.exit());
main();
