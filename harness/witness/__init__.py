"""Independent observers of one run: http, redis, postgres, log, storage. They see; others judge."""
