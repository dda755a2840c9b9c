// API-Gateway: відправник. Приймає зображення, записує завдання в PostgreSQL, публікує подію в Redis.
package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"io"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/google/uuid"
	_ "github.com/lib/pq"
)

const (
	storageDir = "./storage"
	maxUpload  = 10 << 20 // байтів
)

var actions = map[string]bool{"grayscale": true, "resize": true, "crop": true}

// App тримає з’єднання з Redis і PostgreSQL.
type App struct {
	RDB *redis.Pool
	PG  *sql.DB
}

func (a *App) submitJobHandler(w http.ResponseWriter, r *http.Request) {
	var action, params, suffix string
	var data []byte
	if r.Method != http.MethodPost {
		answerError(w, 405, "Сюди надсилають методом POST.")
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxUpload+64<<10)

	// Завдання 1.1. Перевірте запит: у формі є файл «image» і поле «action»; дія відома (actions); файл —
	// зображення PNG або JPEG (допоможуть formFile та imageSuffix нижче). Інакше answerError(w, 400, …), 422 чи 415, і return.
	// Заповніть data (байти файлу), action, params (можливо порожній) і suffix.
	// <завдання 1.1>
	var err error
	data, err = formFile(r, "image")
	action, params = r.FormValue("action"), r.FormValue("params")
	if err != nil || action == "" {
		answerError(w, 400, "У формі потрібні файл «image» і поле «action».")
		return
	}
	if !actions[action] {
		answerError(w, 422, "Такої дії немає; є grayscale, resize, crop.")
		return
	}
	suffix = imageSuffix(data)
	if suffix == "" {
		answerError(w, 415, "Потрібне зображення PNG або JPEG.")
		return
	}
	// <інакше>
	// if todo(w, "1.1", data, action, params, suffix) {
	// 	return
	// }
	// </завдання>

	// Завдання 1.2. Придумайте jobID (newID), збережіть файл у storageDir під цією назвою і вставте в таблицю
	// jobs запис зі статусом QUEUED (a.PG.Exec). Запис має з’явитися раніше за подію: чому?
	var jobID, filePath string
	// <завдання 1.2>
	jobID = newID()
	filePath = fmt.Sprintf("%s/%s%s", storageDir, jobID, suffix)
	if err := os.WriteFile(filePath, data, 0o644); err != nil {
		answerError(w, 503, "Файл не вдалося зберегти.")
		return
	}
	if _, err := a.PG.Exec("INSERT INTO jobs (id, status, action, params, input_path) VALUES ($1, $2, $3, $4, $5)",
		jobID, "QUEUED", action, params, filePath); err != nil {
		log.Printf("Error inserting job into PostgreSQL: %v", err)
		answerError(w, 503, "PostgreSQL не відповідає; спробуйте ще раз.")
		return
	}
	// <інакше>
	// if todo(w, "1.2", data, action, params, suffix, jobID, filePath) {
	// 	return
	// }
	// </завдання>

	// Завдання 1.3. Опублікуйте подію: повідомлення «job_id|file_path|action|params» — у кінець списку
	// image_processing_queue (команда RPUSH; rdb := a.RDB.Get(), rdb.Do("RPUSH", …), defer rdb.Close()).
	// <завдання 1.3>
	jobData := fmt.Sprintf("%s|%s|%s|%s", jobID, filePath, action, params)
	queueName := "image_processing_queue"
	rdb := a.RDB.Get()
	defer rdb.Close()
	if _, err := rdb.Do("RPUSH", queueName, jobData); err != nil {
		log.Printf("Error pushing job event to Redis queue: %v", err)
		answerError(w, 503, "Redis не відповідає; спробуйте ще раз.")
		return
	}
	// <інакше>
	// if todo(w, "1.3") {
	// 	return
	// }
	// </завдання>

	// Завдання 1.4. Відповідайте одразу, не чекаючи на воркер: код 202 і JSON {"job_id": …, "status": "QUEUED"}
	// (допоможе answer нижче).
	// <завдання 1.4>
	answer(w, 202, map[string]string{"job_id": jobID, "status": "QUEUED"})
	// <інакше>
	// todo(w, "1.4")
	// </завдання>
}

// ---- Далі все готове: читайте й користуйтеся; змінювати не обов’язково ----

// todo відповідає, що завдання ще не виконано; have — змінні, які воно має заповнити.
func todo(w http.ResponseWriter, task string, have ...any) bool {
	log.Output(2, "Завдання "+task+" ще не виконано") // 2: рядок журналу показує, де саме писати код
	answerError(w, 501, "Завдання "+task+" ще не виконано.")
	return true
}

func (a *App) healthHandler(w http.ResponseWriter, r *http.Request) {
	rdb := a.RDB.Get()
	defer rdb.Close()
	if _, err := rdb.Do("PING"); err != nil {
		answerError(w, 503, "Redis не відповідає.")
		return
	}
	if err := a.PG.Ping(); err != nil {
		answerError(w, 503, "PostgreSQL не відповідає.")
		return
	}
	answer(w, 200, map[string]string{"status": "ok"})
}

func answer(w http.ResponseWriter, status int, fields map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(fields)
}

func answerError(w http.ResponseWriter, status int, sentence string) {
	answer(w, status, map[string]string{"error": sentence})
}

// formFile — байти файлу з форми.
func formFile(r *http.Request, name string) ([]byte, error) {
	file, _, err := r.FormFile(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(file)
}

func newID() string {
	return uuid.New().String()
}

// imageSuffix — «.png» або «.jpg» за вмістом файлу; порожній рядок, якщо це не PNG і не JPEG.
func imageSuffix(data []byte) string {
	_, format, err := image.DecodeConfig(bytes.NewReader(data))
	switch {
	case err == nil && format == "png":
		return ".png"
	case err == nil && format == "jpeg":
		return ".jpg"
	}
	return ""
}

// createTable чекає на PostgreSQL і створює таблицю, якщо її ще немає.
func createTable(pg *sql.DB) {
	for {
		_, err := pg.Exec(`CREATE TABLE IF NOT EXISTS jobs (
			id uuid PRIMARY KEY, status text NOT NULL, action text NOT NULL, params text NOT NULL,
			input_path text NOT NULL, output_path text, error text,
			created_at timestamptz NOT NULL DEFAULT now())`)
		if err == nil {
			return
		}
		log.Printf("Waiting for PostgreSQL: %v", err)
		time.Sleep(time.Second)
	}
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	log.SetFlags(log.Lshortfile)
	log.SetPrefix("api/")
	os.MkdirAll(storageDir, 0o755)
	pg, err := sql.Open("postgres", fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable",
		env("PG_HOST", "localhost"), env("PG_PORT", "5432"), env("PG_USER", "postgres"),
		env("PG_PASSWORD", "postgres"), env("PG_DBNAME", "jobs_db")))
	if err != nil {
		log.Fatal(err)
	}
	pg.SetMaxOpenConns(16)
	createTable(pg)
	address := env("REDIS_HOST", "localhost") + ":" + env("REDIS_PORT", "6379")
	rdb := &redis.Pool{MaxIdle: 8,
		Dial:         func() (redis.Conn, error) { return redis.Dial("tcp", address) },
		TestOnBorrow: func(c redis.Conn, _ time.Time) error { _, err := c.Do("PING"); return err },
	}
	app := &App{RDB: rdb, PG: pg}
	http.HandleFunc("/job/submit", app.submitJobHandler)
	http.HandleFunc("/health", app.healthHandler)
	port := env("PORT", "8080")
	log.Printf("API Gateway listening on port %s", port)
	log.Fatal(http.ListenAndServe(env("HOST", "")+":"+port, nil))
}
