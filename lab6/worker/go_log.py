"""Go's Lshortfile look for the log's lines."""

import logging


class LogFormatter(logging.Formatter):
    """One event stays one line, whatever a message holds."""

    def format(self, record):
        text = record.getMessage()
        if not text.isprintable():
            text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)
        return f"worker/{record.filename}:{record.lineno}: {text}"


def write_log(log):
    # What no line shows is not looked up for it.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging.logAsyncioTasks = False
    handler = logging.StreamHandler()
    handler.setFormatter(LogFormatter())
    log.addHandler(handler)
    log.propagate = False
    log.setLevel(logging.INFO)
