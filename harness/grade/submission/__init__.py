"""What was handed in: the assignment it answers, its compose file understood, and the sandbox it
runs in."""
