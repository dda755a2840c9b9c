"""What a job's result may be, and whether a picture is one of these."""
