package main

import (
	"database/sql"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"log"
	"os"
	"strings"
	"time"

	"github.com/gomodule/redigo/redis"
	_ "github.com/lib/pq"
	"golang.org/x/image/draw"
)

func processQueue(dial func() (redis.Conn, error), pgDB *sql.DB) {
	log.Println("Worker started listening for events...")
	queueName := "image_processing_queue"
	var rdb redis.Conn
	for {
		var result []string
		var err error
		if rdb == nil || rdb.Err() != nil {
			rdb, err = dial()
		}
		if err == nil {
			result, err = redis.Strings(rdb.Do("BLPOP", queueName, 0))
		}
		if err != nil {
			log.Printf("Error receiving event from Redis: %v", err)
			time.Sleep(5 * time.Second)
			continue
		}
		jobData := result[1]
		log.Printf("Received New Event: Job Submitted. Data: %s", strings.ReplaceAll(strings.ReplaceAll(jobData, "\n", " "), "\x00", ""))
		fields := strings.Split(jobData, "|")
		if len(fields) != 4 || len(fields[0]) != 36 {
			continue
		}
		jobID, inputPath, action, params := fields[0], fields[1], fields[2], fields[3]
		updatePGStatus(pgDB, jobID, "PROCESSING", "")
		log.Printf("Status updated to PROCESSING for job %s", jobID)
		outputPath, err := processImage(jobID, inputPath, action, params)
		if err != nil {
			updatePGStatus(pgDB, jobID, "FAILED", err.Error())
			log.Printf("Job %s FAILED. Error: %v", jobID, err)
			continue
		}
		updatePGStatus(pgDB, jobID, "COMPLETED", "")
		log.Printf("Job %s COMPLETED. Result saved to: %s", jobID, outputPath)
	}
}

func updatePGStatus(pgDB *sql.DB, jobID, status, errorMsg string) {
	for attempt := 0; attempt < 30; attempt++ {
		_, err := pgDB.Exec("UPDATE jobs SET status = $1, error_message = $2, updated_at = now() WHERE job_id = $3", status, errorMsg, jobID)
		if err == nil {
			return
		}
		log.Printf("Error updating PG: %v", err)
		time.Sleep(time.Second)
	}
}

func processImage(jobID, inputPath, action, params string) (string, error) {
	file, err := os.Open(inputPath)
	if err != nil {
		return "", err
	}
	defer file.Close()
	source, format, err := image.Decode(file)
	if err != nil {
		return "", err
	}
	bounds := source.Bounds()
	var result draw.Image
	switch action {
	case "grayscale":
		result = image.NewGray(bounds)
		for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
			for x := bounds.Min.X; x < bounds.Max.X; x++ {
				result.Set(x, y, color.GrayModel.Convert(source.At(x, y)))
			}
		}
	case "resize":
		var width, height int
		if _, err := fmt.Sscanf(params, "%dx%d", &width, &height); err != nil {
			return "", err
		}
		result = image.NewRGBA(image.Rect(0, 0, width, height))
		draw.CatmullRom.Scale(result, result.Bounds(), source, bounds, draw.Over, nil)
	case "crop":
		var x1, y1, x2, y2 int
		if _, err := fmt.Sscanf(params, "%d,%d,%d,%d", &x1, &y1, &x2, &y2); err != nil {
			return "", err
		}
		result = image.NewRGBA(image.Rect(0, 0, x2-x1, y2-y1))
		draw.Draw(result, result.Bounds(), source, image.Pt(x1, y1), draw.Src)
	default:
		return "", fmt.Errorf("unknown action %q", action)
	}
	outputPath := fmt.Sprintf("./storage/processed_%s.%s", jobID, format)
	output, err := os.Create(outputPath)
	if err != nil {
		return "", err
	}
	defer output.Close()
	if format == "jpeg" {
		return outputPath, jpeg.Encode(output, result, nil)
	}
	return outputPath, png.Encode(output, result)
}

func main() {
	log.SetFlags(log.Lshortfile)
	log.SetPrefix("worker/")
	dsn := fmt.Sprintf("host=%s port=%s user=%s password=%s dbname=%s sslmode=disable", os.Getenv("PG_HOST"), os.Getenv("PG_PORT"), os.Getenv("PG_USER"), os.Getenv("PG_PASSWORD"), os.Getenv("PG_DBNAME"))
	pg, err := sql.Open("postgres", dsn)
	if err != nil {
		log.Fatal(err)
	}
	address := os.Getenv("REDIS_HOST") + ":" + os.Getenv("REDIS_PORT")
	processQueue(func() (redis.Conn, error) { return redis.Dial("tcp", address) }, pg)
}
