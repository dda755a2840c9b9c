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

type App struct {
	RDB *redis.Pool
	PG  *sql.DB
}

func (a *App) submitJobHandler(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		http.Error(w, "method", http.StatusMethodNotAllowed)
		return
	}
	file, _, err := r.FormFile("image")
	action, params := r.FormValue("action"), r.FormValue("params")
	if err != nil || (action != "grayscale" && action != "resize" && action != "crop") {
		http.Error(w, "image and action are needed", http.StatusBadRequest)
		return
	}
	data, err := io.ReadAll(io.LimitReader(file, 10<<20))
	_, format, formatErr := image.DecodeConfig(bytes.NewReader(data))
	if err != nil || formatErr != nil {
		http.Error(w, "no picture", http.StatusUnsupportedMediaType)
		return
	}
	jobID := uuid.New().String()
	filePath := fmt.Sprintf("./storage/%s.%s", jobID, format)
	if err := os.WriteFile(filePath, data, 0644); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, err = a.PG.Exec("INSERT INTO jobs (job_id, status, action, params, file_path) VALUES ($1, 'QUEUED', $2, $3, $4)", jobID, action, params, filePath)
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	jobData := fmt.Sprintf("%s|%s|%s|%s", jobID, filePath, action, params)
	conn := a.RDB.Get()
	defer conn.Close()
	if _, err = conn.Do("RPUSH", "image_processing_queue", jobData); err != nil {
		log.Printf("Error pushing job event to Redis queue: %v", err)
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusAccepted)
	json.NewEncoder(w).Encode(map[string]string{"job_id": jobID, "status": "QUEUED"})
}

func main() {
	log.SetFlags(log.Lshortfile)
	dsn := fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable", os.Getenv("PG_HOST"), os.Getenv("PG_PORT"), os.Getenv("PG_USER"), os.Getenv("PG_PASSWORD"), os.Getenv("PG_DBNAME"))
	pg, err := sql.Open("postgres", dsn)
	if err != nil {
		log.Fatal(err)
	}
	for pg.Ping() != nil {
		time.Sleep(time.Second)
	}
	_, err = pg.Exec("CREATE TABLE IF NOT EXISTS jobs (id SERIAL PRIMARY KEY, job_id VARCHAR(36) UNIQUE, status VARCHAR(20), action TEXT, params TEXT, file_path TEXT, error_message TEXT, updated_at TIMESTAMP DEFAULT now())")
	if err != nil {
		log.Fatal(err)
	}
	address := os.Getenv("REDIS_HOST") + ":" + os.Getenv("REDIS_PORT")
	pool := &redis.Pool{MaxIdle: 8, Dial: func() (redis.Conn, error) { return redis.Dial("tcp", address) },
		TestOnBorrow: func(c redis.Conn, t time.Time) error { _, err := c.Do("PING"); return err }}
	app := &App{RDB: pool, PG: pg}
	http.HandleFunc("/job/submit", app.submitJobHandler)
	log.Println("API Gateway listening on :8080")
	log.Fatal(http.ListenAndServe(":8080", nil))
}
