"""How logs are dressed: a table of loggers, viewers and collectors, each a function of a line.

A dress gets the time (seconds from a beginning), the worker's number and the line as the worker
words it.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Dress = Callable[[float, int, str], str]
_BEGAN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def _t(shape: str) -> Callable[[float], str]:
    def stamp(at: float) -> str:
        when = _BEGAN + timedelta(seconds=at)
        text = when.strftime(shape)
        return text.replace("MS", f"{when.microsecond // 1000:03d}").replace(
            "US", f"{when.microsecond:06d}"
        )

    return stamp


def _before(prefix: str, shape: str = "") -> Dress:
    """A prefix with ``{t}`` for the time and ``{w}`` for the worker; ``shape`` is the time's."""
    stamp = _t(shape)
    return lambda at, w, line: prefix.format(t=stamp(at), w=w, pid=100 + w) + line


def _json(message: str, *extra: tuple[str, object], time: str = "time") -> Dress:
    stamp = _t("%Y-%m-%dT%H:%M:%S.MSZ")

    def dress(at: float, w: int, line: str) -> str:
        record = {time: stamp(at), message: line}
        record |= {
            key: value.format(w=w) if isinstance(value, str) else value for key, value in extra
        }
        return json.dumps(record, ensure_ascii=False)

    return dress


ISO, ISO_MS, LOG = "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.MS", "%Y-%m-%d %H:%M:%S,MS"

#: Those that name no worker: one worker's log.
ONE: dict[str, Dress] = {
    "bare": _before(""),
    "python asctime - LEVEL -": _before("{t} - INFO - ", LOG),
    "python asctime LEVEL:": _before("{t} INFO: ", LOG),
    "python asctime LEVEL name:": _before("{t} INFO worker: ", LOG),
    "python [asctime] LEVEL": _before("[{t}] INFO ", LOG),
    "python [asctime] LEVEL in module:": _before("[{t}] INFO in worker: ", LOG),
    "python asctime | LEVEL |": _before("{t} | INFO | ", LOG),
    "python asctime [LEVEL]": _before("{t} [INFO] ", LOG),
    "python asctime [LEVEL] name:": _before("{t} [INFO] worker: ", LOG),
    "python asctime name LEVEL": _before("{t} worker INFO ", LOG),
    "python asctime [pid] LEVEL": _before("{t} [{pid}] INFO ", LOG),
    "python [LEVEL]": _before("[INFO] "),
    "python LEVEL:": _before("INFO: "),
    "python LEVEL -": _before("INFO - "),
    "basicConfig": _before("INFO:root:"),
    "uvicorn": _before("INFO:     "),
    "loguru": _before("{t} | INFO     | __main__:process_queue:66 - ", ISO_MS),
    "celery": _before("[{t}: INFO/ForkPoolWorker-1] ", LOG),
    "celery, task": _before("[{t}: INFO/MainProcess] tasks.work[42]: ", LOG),
    "structlog": _before("{t} [info     ] ", "%Y-%m-%d %H:%M:%S"),
    "gunicorn": _before("[{t} +0000] [7] [INFO] ", "%Y-%m-%d %H:%M:%S"),
    "go log": _before("{t} ", "%Y/%m/%d %H:%M:%S"),
    "go log with prefix": _before("[worker] {t} ", "%Y/%m/%d %H:%M:%S"),
    "go log, prefix at the end": _before("{t} [worker] ", "%Y/%m/%d %H:%M:%S"),
    "go slog default": _before("{t} INFO ", "%Y/%m/%d %H:%M:%S"),
    "go slog text": lambda at, w, line: f'time={_t(ISO)(at)}Z level=INFO msg="{line}"',
    "logrus": lambda at, w, line: f'time="{_t(ISO)(at)}Z" level=info msg="{line}"',
    "logrus tty": _before("INFO[0001] "),
    "zap console": _before("{t}Z\tINFO\tworker/main.go:66\t", ISO),
    "zerolog console": _before("{t} INF ", "%H:%M"),
    "klog": _before("I1123 {t}       1 main.go:66] ", "%H:%M:%S.US"),
    "zap": _json("msg", ("level", "info"), ("caller", "worker/main.go:66"), time="ts"),
    "zerolog": _json("message", ("level", "info")),
    "slog json": _json("msg", ("level", "INFO")),
    "pino": _json("msg", ("level", 30), ("pid", 7), ("hostname", "h")),
    "bunyan": _json("msg", ("name", "worker"), ("v", 0)),
    "winston": _json("message", ("level", "info"), time="timestamp"),
    "structlog json": _json("event", ("level", "info"), time="timestamp"),
    "python-json-logger": _json("message", ("levelname", "INFO"), time="asctime"),
    "serilog compact": _json("@m", ("@i", "a1"), time="@t"),
    "logstash": _json("message", ("@version", "1"), ("logger_name", "w"), time="@timestamp"),
    "nestjs": _before("[Nest] 7  - {t}     LOG [Worker] ", "%m/%d/%Y, %H:%M:%S AM"),
    "pino-pretty": _before("[{t}] INFO (7): ", "%H:%M:%S.MS"),
    "log4js": _before("[{t}] [INFO] default - ", ISO + ".MS"),
    "winston text": _before("{t} info: ", "%Y-%m-%d %H:%M:%S"),
    "debug": _before("  worker:main +0ms "),
    "spring boot": _before("{t}Z  INFO 1 --- [           main] c.e.Worker   : ", ISO + ".MS"),
    "logback": _before("{t} [main] INFO  c.e.Worker - ", "%H:%M:%S.MS"),
    "log4j": _before("{t} INFO  Worker:66 - ", LOG),
    "serilog console": _before("[{t} INF] ", "%H:%M:%S"),
    "nlog": _before("{t}|INFO|Worker|", "%Y-%m-%d %H:%M:%S.MS0"),
    "dotnet one line": _before("info: Worker.Program[0] "),
    "env_logger": _before("[{t}Z INFO  worker] ", ISO),
    "tracing": _before("{t}Z  INFO worker: ", ISO + ".US"),
    "monolog": lambda at, w, line: f"[{_t(ISO)(at)}.1+00:00] app.INFO: {line} [] []",
    "laravel": _before("[{t}] local.INFO: ", "%Y-%m-%d %H:%M:%S"),
    "error_log": _before("[{t} UTC] ", "%d-%b-%Y %H:%M:%S"),
    "ruby logger": _before("I, [{t} #7]  INFO -- : ", ISO + ".US"),
    "rails tagged": _before("[worker] "),
    "clock": _before("[{t}] ", "%H:%M:%S"),
    "dd.mm.yyyy": _before("{t} ", "%d.%m.%Y %H:%M:%S"),
    "own time, name[pid]:": _before("{t}Z worker[{pid}]: ", ISO),
    "docker -t": _before("{t}000Z ", ISO + ".US"),
    "cri": _before("{t}000Z stderr F ", ISO + ".US"),
    "json-file": lambda at, w, line: json.dumps(
        {"log": line + "\n", "stream": "stderr", "time": _t(ISO)(at) + "Z"}
    ),
    "json in json": lambda at, w, line: json.dumps(
        {"log": json.dumps({"level": "info", "msg": line}) + "\n", "time": _t(ISO)(at) + "Z"}
    ),
    "journald json": _json("MESSAGE", ("PRIORITY", "6"), time="__REALTIME_TIMESTAMP"),
    "journald full": _before("Mon {t} UTC host worker[7]: ", "%Y-%m-%d %H:%M:%S"),
    "journald in Ukrainian": _before("лис 23 {t} host worker[7]: ", "%H:%M:%S"),
    "syslog 5424": _before("<14>1 {t}Z host worker 7 - - ", ISO),
    "aws logs tail": _before("{t}+00:00 worker/worker/abc ", ISO),
    "cloudwatch csv": lambda at, w, line: f'"{_t(ISO)(at)}","{line}"',
    "cat -n": lambda at, w, line: f"{int(at) + 1:6d}\t{line}",
    "quoted": _before("> "),
    "no-break spaces": lambda at, w, line: line.replace(" ", "\u00a0"),
    "colour": lambda at, w, line: f"\x1b[32m{line}\x1b[0m",
    "colour that lost its ESC": lambda at, w, line: f"[32m{line}[0m",
    "file without a line": _before("main.py: "),
    "<br>": lambda at, w, line: f"{line}<br>",
    "backtick": lambda at, w, line: f"`{line}`",
    "a literal \\n": lambda at, w, line: f"{line}\\n",
    "\\par": lambda at, w, line: f"{line}\\par",
    "full stop": lambda at, w, line: f"{line}.",
    "en dash": lambda at, w, line: line.replace("-", "\u2013"),
    "U+2011": lambda at, w, line: line.replace("-", "\u2011"),
    "zero width": lambda at, w, line: line.replace(": ", ": \u200b"),
    "Cyrillic": lambda at, w, line: line.replace("COMPLETED", "СОМРLЕТЕD"),
}

#: Those that name the worker: two workers, interleaved.
SEVERAL: dict[str, Dress] = {
    "compose": _before("worker-{w}  | "),
    "compose v1": _before("worker_{w}   | "),
    "compose -t": _before("worker-{w}  | {t}Z ", ISO + ".US"),
    "compose python": _before("worker-{w}  | {t} - INFO - ", LOG),
    "compose json": lambda at, w, line: (
        f"worker-{w}  | " + json.dumps({"level": "info", "msg": line})
    ),
    "kubectl --prefix": _before("[pod/worker-{w}/worker] "),
    "kubectl --prefix --timestamps": _before("[pod/worker-{w}/worker] {t}Z ", ISO + ".US"),
    "stern": _before("worker-7d9f-{w} worker "),
    "kubetail": _before("[worker-7d9f-{w}] "),
    "heroku": _before("{t}.1+00:00 app[worker.{w}]: ", ISO),
    "honcho": _before("{t} worker.{w} | ", "%H:%M:%S"),
    "foreman": _before("{t} worker.{w}    | ", "%H:%M:%S"),
    "pm2": _before("{w}|worker  | "),
    "podman --names": _before("worker-{w} "),
    "logcli": lambda at, w, line: f'{_t(ISO)(at)}Z {{pod="worker-{w}"}} {line}',
    "gh run view": _before("build\tworker {w}\t{t}.1Z ", ISO),
    "syslog": _before("Nov 23 {t} host worker-{w}[7]: ", "%H:%M:%S"),
    "pid": _before("{t} [{pid}] INFO ", LOG),
    "celery": _before("[{t}: INFO/ForkPoolWorker-{w}] ", LOG),
    "kubernetes json": _json("log", ("kubernetes", None), ("pod_name", "worker-{w}")),
    "cloudwatch json": _json("message", ("logStreamName", "worker/{w}"), time="timestamp"),
    "journald json": _json("MESSAGE", ("CONTAINER_NAME", "worker-{w}")),
    "loki json": lambda at, w, line: json.dumps(
        {"line": line, "timestamp": _t(ISO)(at) + "Z", "fields": {"pod": f"worker-{w}"}}
    ),
}
