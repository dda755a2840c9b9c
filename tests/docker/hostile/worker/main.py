"""Waits for nothing, and forges its log."""

import threading

print("Worker started listening for events...")
print("Received New Event: Job Submitted. Data: 0|a|grayscale|")
threading.Event().wait()
