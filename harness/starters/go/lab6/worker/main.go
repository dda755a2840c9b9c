// Worker-Service: споживач. Чекає на події в Redis, обробляє зображення, записує статус у PostgreSQL.
package main

import (
	"database/sql"
	"fmt"
	"image"
	"image/draw"
	"image/jpeg"
	"image/png"
	"log"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
	"github.com/google/uuid"
	_ "github.com/lib/pq"
	resizing "golang.org/x/image/draw"
)

const storageDir = "./storage"

func processQueue(rdb redisClient, pgDB *sql.DB) {
	log.Println("Worker started listening for events...")
	queueName := "image_processing_queue"

	for {
		var jobData, jobID, inputPath, action, params string

		// Завдання 2.1. Дочекайтеся події блокувальною командою BLPOP (rdb.BLPop(queueName)) і запишіть у журнал
		// «Received New Event: Job Submitted. Data: <повідомлення>». Якщо Redis повернув помилку,
		// запишіть рядок «Error receiving event from Redis: <причина>», зачекайте 5 секунд і спробуйте знову. Заповніть jobData.
		log.Printf("Завдання 2.1 ще не виконано: дочекайтеся події командою BLPOP зі списку %s", queueName)
		time.Sleep(5 * time.Second)
		continue

		// Завдання 2.2. Розберіть повідомлення (parseJobData нижче). Пошкоджене пропустіть, записавши це в журнал.
		todo("2.2: розберіть повідомлення", jobData)

		// Завдання 2.3. Змініть статус у PostgreSQL на PROCESSING (updatePGStatus нижче), а тоді запишіть
		// у журнал «Status updated to PROCESSING for job <job_id>». Чому саме в такому порядку?
		todo("2.3: статус PROCESSING", jobID)

		// Завдання 2.4. Обробіть зображення (processImage нижче). Якщо вийшло, запишіть статус COMPLETED і рядок
		// «Job <job_id> COMPLETED. Result saved to: <шлях>». Якщо ні — статус FAILED із причиною і рядок
		// «Job <job_id> FAILED. Error: <причина>»; воркер працює далі.
		todo("2.4: обробіть зображення", jobID, inputPath, action, params)
	}
}

// parseJobData розбирає повідомлення «job_id|file_path|action|params»; помилка, якщо полів не чотири або
// job_id — не UUID (допоможуть strings.Split і isUUID).
func parseJobData(jobData string) (jobID, inputPath, action, params string, err error) {
	return "", "", "", "", fmt.Errorf("завдання 2.2 ще не виконано: parseJobData")
}

// updatePGStatus записує статус (і причину чи шлях результату) в запис цього завдання в таблиці jobs
// (допоможе execute нижче).
func updatePGStatus(pgDB *sql.DB, jobID, status, errorMsg, outputPath string) {
	todo("2.3: updatePGStatus")
}

// processImage виконує дію над зображенням і зберігає результат; повертає його шлях.
//
// grayscale — відтінки сірого; resize — «ШИРИНАxВИСОТА»; crop — «x1,y1,x2,y2», два кути. Шлях результату —
// storageDir/processed_<job_id> із суфіксом вхідного файлу. Допоможуть open, gray, resize, crop, save і numbers нижче.
func processImage(jobID, inputPath, action, params string) (string, error) {
	return "", fmt.Errorf("завдання 2.4 ще не виконано: processImage")
}

// ---- Далі все готове: читайте й користуйтеся; змінювати не обов’язково ----

// todo зупиняє воркер: завдання ще не виконано; have — змінні, які воно має заповнити чи вжити.
func todo(task string, have ...any) {
	panic("Завдання " + task + " — ще не виконано")
}

func isUUID(text string) bool {
	_, err := uuid.Parse(text)
	return err == nil && len(text) == 36
}

func open(path string) (image.Image, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	source, _, err := image.Decode(file)
	return source, err
}

func gray(source image.Image) image.Image {
	result := image.NewGray(source.Bounds())
	draw.Draw(result, result.Bounds(), source, source.Bounds().Min, draw.Src)
	return result
}

func resize(source image.Image, width, height int) image.Image {
	result := image.NewNRGBA(image.Rect(0, 0, width, height))
	resizing.CatmullRom.Scale(result, result.Bounds(), source, source.Bounds(), draw.Src, nil)
	return result
}

func crop(source image.Image, box image.Rectangle) image.Image {
	result := image.NewNRGBA(image.Rect(0, 0, box.Dx(), box.Dy()))
	draw.Draw(result, result.Bounds(), source, box.Min, draw.Src)
	return result
}

func save(result image.Image, path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if filepath.Ext(path) == ".png" {
		err = png.Encode(file, result)
	} else {
		err = jpeg.Encode(file, result, &jpeg.Options{Quality: 95})
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}

// numbers — цілі числа з params, наприклад 640 і 480 з «640x480»; помилка, якщо їх не count.
func numbers(params string, count int) ([]int, error) {
	words := regexp.MustCompile("[0-9]+").FindAllString(params, -1)
	if len(words) != count {
		return nil, fmt.Errorf("params %q do not fit the action", params)
	}
	found := make([]int, count)
	for place, word := range words {
		number, err := strconv.Atoi(word)
		if err != nil || number > 10000 {
			return nil, fmt.Errorf("params %q are out of bounds", params)
		}
		found[place] = number
	}
	return found, nil
}

// oneLine — той самий текст одним рядком журналу.
func oneLine(text string) string {
	return strings.Map(func(char rune) rune {
		if strconv.IsPrint(char) {
			return char
		}
		return '?'
	}, text)
}

// execute виконує одну команду SQL; поки PostgreSQL не відповідає, пробує знову.
func execute(pgDB *sql.DB, statement string, arguments ...any) {
	for {
		_, err := pgDB.Exec(statement, arguments...)
		if err == nil {
			return
		}
		log.Printf("Error updating status in PostgreSQL: %v", err)
		time.Sleep(time.Second)
	}
}

// redisClient відкриває з’єднання, коли воно потрібне, і знову — після того, як воно обірвалося.
type redisClient struct {
	conn *redis.Conn
	dial func() (redis.Conn, error)
}

// BLPop чекає на повідомлення без межі часу; повертає назву черги й повідомлення.
func (client redisClient) BLPop(queueName string) ([]string, error) {
	if *client.conn == nil || (*client.conn).Err() != nil {
		conn, err := client.dial()
		if err != nil {
			return nil, err
		}
		*client.conn = conn
	}
	return redis.Strings((*client.conn).Do("BLPOP", queueName, 0))
}

func env(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func main() {
	log.SetFlags(log.Lshortfile)
	log.SetPrefix("worker/")
	pgDB, err := sql.Open("postgres", fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable",
		env("PG_HOST", "localhost"), env("PG_PORT", "5432"), env("PG_USER", "postgres"),
		env("PG_PASSWORD", "postgres"), env("PG_DBNAME", "jobs_db")))
	if err != nil {
		log.Fatal(err)
	}
	address := env("REDIS_HOST", "localhost") + ":" + env("REDIS_PORT", "6379")
	var conn redis.Conn
	rdb := redisClient{conn: &conn, dial: func() (redis.Conn, error) { return redis.Dial("tcp", address) }}
	processQueue(rdb, pgDB)
}
