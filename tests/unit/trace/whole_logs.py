"""Whole logs as people hand them in: what collectors export, consoles copy and messengers carry.

A form makes a file of rows; a row is a moment (seconds from a beginning), the worker's number and
the line as the worker words it.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import NamedTuple

_BEGAN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class LogRow(NamedTuple):
    at: int
    worker: int
    text: str

    def stamp(self, shape: str = "%Y-%m-%dT%H:%M:%S.123456Z") -> str:
        return (_BEGAN + timedelta(seconds=self.at)).strftime(shape)

    @property
    def bare(self) -> str:
        """The words alone, without the worker's own file and line."""
        return self.text.partition(": ")[2]

    @property
    def epoch(self) -> int:
        return int((_BEGAN + timedelta(seconds=self.at)).timestamp())


class LogForm(NamedTuple):
    make: Callable[[list[LogRow]], bytes]
    workers: int = 1
    file: str = "worker.log"


def _text(lines: Iterable[str], end: str = "\n") -> bytes:
    return "".join(line + end for line in lines).encode()


def _lines(make: Callable[[LogRow], str], workers: int = 1, **more: str) -> LogForm:
    """A form that dresses each line by itself; ``before`` and ``behind`` stand around all."""
    before, behind = more.get("before", ""), more.get("behind", "")
    return LogForm(
        lambda rows: (before + "".join(make(row) + "\n" for row in rows) + behind).encode(), workers
    )


def _json(make: Callable[[LogRow], object], workers: int = 1) -> LogForm:
    return _lines(lambda row: json.dumps(make(row), ensure_ascii=False), workers)


def _array(
    make: Callable[[LogRow], object], workers: int = 1, indent: int | None = 2, **more: str
) -> LogForm:
    def whole(rows: list[LogRow]) -> bytes:
        found: object = [make(row) for row in rows]
        if "under" in more:
            found = {more["under"]: found}
        return json.dumps(found, indent=indent, ensure_ascii=False).encode()

    return LogForm(whole, workers, more.get("file", "logs.json"))


def _csv(
    head: list[str],
    make: Callable[[LogRow], list[str]],
    workers: int = 1,
    newest: bool = False,
    **more: str,
) -> LogForm:
    def whole(rows: list[LogRow]) -> bytes:
        out = io.StringIO()
        quoting = csv.QUOTE_ALL if more.get("quoted") else csv.QUOTE_MINIMAL
        table = csv.writer(
            out, delimiter=more.get("mark", ","), quoting=quoting, lineterminator="\n"
        )
        if head:
            table.writerow(head)
        table.writerows(make(row) for row in (reversed(rows) if newest else rows))
        return out.getvalue().encode(more.get("code", "utf-8"))

    return LogForm(whole, workers, more.get("file", "logs.csv"))


def _tails(rows: list[LogRow]) -> bytes:
    parts = [
        f"==> worker-{worker}.log <==\n" + "".join(row.text + "\n" for row in some)
        for worker, some in groupby(rows, lambda row: row.worker)
    ]
    return "\n".join(parts).encode()


def _frames(rows: list[LogRow]) -> bytes:
    lines = [(row.text + "\n").encode() for row in rows]
    return b"".join(b"\x02\0\0\0" + len(line).to_bytes(4, "big") + line for line in lines)


def _repr(rows: list[LogRow]) -> bytes:
    return (repr(_text(row.text for row in rows)) + "\n").encode()


def _verbose(rows: list[LogRow]) -> bytes:
    return "".join(
        f"{row.stamp('%a %Y-%m-%d %H:%M:%S.123456 UTC')} [s=ab;i={row.at}]\n"
        f"    _PID={100 + row.worker}\n    PRIORITY=6\n    MESSAGE={row.text}\n    _COMM=python\n"
        for row in rows
    ).encode()


def _export(rows: list[LogRow]) -> bytes:
    return "".join(
        f"__CURSOR=s=ab;i={row.at}\n__REALTIME_TIMESTAMP={row.epoch}000000\nMESSAGE={row.text}\n_PID=7\n\n"
        for row in rows
    ).encode()


def _pretty(rows: list[LogRow]) -> bytes:
    return "".join(
        json.dumps({"_PID": "7", "MESSAGE": row.text, "PRIORITY": "6"}, indent="\t") + "\n"
        for row in rows
    ).encode()


def _typescript(rows: list[LogRow]) -> bytes:
    prompt = "\x1b]0;student@vm: ~\x07\x1b[01;32mstudent@vm\x1b[00m:\x1b[01;34m~\x1b[00m$ "
    begun = 'Script started on 2026-11-23 08:00:00+00:00 [TERM="xterm"]\n'
    body = "".join(f"\x1b[33mworker-{row.worker}  | \x1b[0m{row.text}\r\n" for row in rows)
    return (
        f"{begun}{prompt}docker compose logs worker\r\n{body}{prompt}exit\r\n\nScript done on x\n"
    ).encode()


def _chat(rows: list[LogRow]) -> bytes:
    return "".join(
        f"Олена, [23.11.2026 {row.stamp('%H:%M')}]\n{row.text}\n\n" for row in rows
    ).encode()


def _fly(row: LogRow) -> str:
    return f"{row.stamp('%Y-%m-%dT%H:%M:%SZ')} app[{row.worker}48e2d1f] waw [info]{row.text}"


def _otel(row: LogRow) -> object:
    record = {"timeUnixNano": f"{row.epoch}000000000", "body": {"stringValue": row.text}}
    return {"resourceLogs": [{"scopeLogs": [{"logRecords": [record]}]}]}


def _quoted_printable(rows: list[LogRow]) -> bytes:
    import quopri

    return quopri.encodestring(_text(row.text for row in rows))


def _cast(rows: list[LogRow]) -> bytes:
    head = json.dumps({"version": 2, "width": 200, "height": 50})
    return _text([head, *(json.dumps([row.at + 0.5, "o", row.text + "\r\n"]) for row in rows)])


def _rich(row: LogRow) -> str:
    return f"[11/23/26 {row.stamp('%H:%M:%S')}] INFO     {row.text:<150} main.py:66"


def _rotated_wrong(rows: list[LogRow]) -> bytes:
    lines = [f"{row.stamp()} {row.text}" for row in rows]
    half = len(lines) // 2 // 3 * 3 + 1  # in the middle of a job
    return _text([*lines[half:], *lines[:half]])


def _tab_events(row: LogRow) -> str:
    return f"EVENTS\t37210\t{row.epoch}900\tworker/{row.worker}\t{row.text}\t{row.epoch}123"


_SIGNS = {"Rec": "📥 ", "Sta": "⚙️ ", "Job": "✅ "}

FORMS: dict[str, LogForm] = {
    # collectors
    "fluentd file": _lines(
        lambda row: (
            f"{row.stamp()}\tdocker.worker\t"
            + json.dumps(
                {"container_name": f"/worker-{row.worker}", "source": "stderr", "log": row.text}
            )
        ),
        2,
    ),
    "fluent bit stdout": _lines(
        lambda row: (
            f'[0] docker.0: [{row.epoch}.123456789, {{"log"=>"{row.text}", "stream"=>"stderr"}}]'
        )
    ),
    "fluent bit stdout, new": _lines(
        lambda row: (
            f'[{row.at}] docker.0: [[{row.epoch}.123456789, {{}}], {{"log"=>"{row.text}\\n"}}]'
        )
    ),
    "vector": _json(
        lambda row: {
            "container_name": f"worker-{row.worker}",
            "host": "vm",
            "label": {"a": "b"},
            "message": row.text,
            "source_type": "docker_logs",
            "timestamp": row.stamp(),
        },
        2,
    ),
    "filebeat": _json(
        lambda row: {
            "@timestamp": row.stamp(),
            "container": {"name": f"worker-{row.worker}", "id": "ab"},
            "log": {"offset": 1, "file": {"path": "/x"}},
            "message": row.text,
            "agent": {"name": "vm"},
        },
        2,
    ),
    "elasticsearch hits": _json(
        lambda row: {"_index": "logs", "_source": {"@timestamp": row.stamp(), "message": row.text}}
    ),
    "gelf": _json(
        lambda row: {
            "version": "1.1",
            "host": "vm",
            "short_message": row.text,
            "timestamp": row.epoch + 0.5,
            "_container_name": f"worker-{row.worker}",
        },
        2,
    ),
    "logcli jsonl": _json(
        lambda row: {
            "labels": {"pod": f"worker-{row.worker}"},
            "line": row.text,
            "timestamp": row.stamp(),
        },
        2,
    ),
    "loki export": _array(
        lambda row: {
            "line": row.text,
            "timestamp": f"{row.epoch}000000000",
            "date": row.stamp(),
            "fields": {"pod": f"worker-{row.worker}"},
        },
        2,
    ),
    "grafana csv": _csv(["Time", "Line"], lambda row: [row.stamp(), row.text], quoted="y"),
    "otel json": _json(_otel),
    "otel debug": _lines(lambda row: f"Body: Str({row.text})"),
    "stern -o json": _json(
        lambda row: {
            "message": row.text + "\n",
            "nodeName": "n",
            "podName": f"worker-{row.worker}",
            "containerName": "w",
        },
        2,
    ),
    "json-file, attrs": _json(
        lambda row: {
            "log": row.text + "\n",
            "stream": "stderr",
            "attrs": {"tag": f"worker-{row.worker}"},
            "time": row.stamp(),
        },
        2,
    ),
    "pm2 json": _json(
        lambda row: {
            "message": row.text + "\n",
            "timestamp": row.stamp(),
            "type": "out",
            "process_id": row.worker,
            "app_name": "worker",
        },
        2,
    ),
    # clouds
    "datadog csv": _csv(
        ["Date", "Host", "Service", "Content"],
        lambda row: [row.stamp(), "vm", "worker", row.text],
        quoted="y",
        newest=True,
    ),
    "azure container apps": _json(lambda row: {"TimeStamp": row.stamp(), "Log": f"F {row.text}"}),
    "azure table": _csv(
        ["TimeGenerated [UTC]", "ContainerName_s", "Log_s"],
        lambda row: [row.stamp(), f"worker-{row.worker}", row.text],
        2,
    ),
    "gcloud logging read": _array(
        lambda row: {
            "insertId": f"a{row.at}",
            "resource": {"labels": {"pod_name": f"worker-{row.worker}"}, "type": "k8s_container"},
            "textPayload": row.text,
            "timestamp": row.stamp(),
        },
        2,
    ),
    "gcloud run logs": _lines(lambda row: f"{row.stamp('%Y-%m-%d %H:%M:%S')} {row.text}"),
    "cloudwatch csv": _csv(["timestamp", "message"], lambda row: [f"{row.epoch}123", row.text]),
    "cloudwatch two lines": _lines(lambda row: f"{row.stamp()}\n{row.text}"),
    "get-log-events": _array(
        lambda row: {"timestamp": row.epoch * 1000, "message": row.text, "ingestionTime": 1},
        under="events",
    ),
    "filter-log-events text": _lines(_tab_events, 2),
    "ecs console": _csv(
        ["Timestamp", "Message", "Container"],
        lambda row: [row.stamp(), row.text, f"worker-{row.worker}"],
        2,
        mark="\t",
        file="ecs.tsv",
    ),
    "kibana csv": _csv(
        ["@timestamp", "message"],
        lambda row: [row.stamp("Nov 23, 2026 @ %H:%M:%S.000"), row.text],
        quoted="y",
        newest=True,
    ),
    "kibana csv, container behind": _csv(
        ["@timestamp", "message", "container.name"],
        lambda row: [row.stamp(), row.text, f"worker-{row.worker}"],
        2,
        quoted="y",
    ),
    "excel, Ukrainian": _csv(
        ["Час", "Контейнер", "Повідомлення"],
        lambda row: [row.stamp("%d.%m.%Y %H:%M:%S"), f"worker-{row.worker}", row.text],
        2,
        mark=";",
        code="utf-8-sig",
    ),
    "papertrail": _lines(
        lambda row: (
            f"7{row.at}\t{row.stamp()}\t{row.stamp()}\t12\tvm\t10.0.0.1\tUser\tInfo\tworker.{row.worker}\t{row.text}"
        ),
        2,
    ),
    "heroku drain": _lines(
        lambda row: f"250 <190>1 {row.stamp()} host app worker.{row.worker} - {row.text}", 2
    ),
    "fly": _lines(_fly, 2),
    "railway": _json(
        lambda row: {
            "message": row.text,
            "attributes": {"level": "info"},
            "tags": {"replica": f"r{row.worker}"},
            "timestamp": row.stamp(),
        },
    ),
    "render page": _lines(lambda row: f"Nov 23 {row.stamp('%I:%M:%S %p')}  {row.text}"),
    "docker syslog": _lines(
        lambda row: f"<30>Nov 23 {row.stamp('%H:%M:%S')} worker-{row.worker}[7]: {row.text}", 2
    ),
    "rsyslog": _lines(
        lambda row: (
            f"{row.stamp('%Y-%m-%dT%H:%M:%S.123456+00:00')} host worker-{row.worker}[7]: {row.text}"
        ),
        2,
    ),
    # viewers
    "dozzle page": _lines(lambda row: f"{row.stamp('%m/%d/%Y %I:%M:%S %p')} {row.text}"),
    "lens": _lines(lambda row: f"{row.stamp('%Y-%m-%dT%H:%M:%S+00:00')} {row.text}"),
    "k9s": _lines(lambda row: f"worker-7d9f-{row.worker} worker {row.text}", 2),
    "k9s, one container": _lines(lambda row: f"worker {row.text}"),
    "stern, coloured": _lines(
        lambda row: (
            f"\x1b[38;5;51mworker-7d-{row.worker}\x1b[0m \x1b[38;5;81mworker\x1b[0m {row.text}"
        ),
        2,
        before="+ worker-7d-1 › worker\n+ worker-7d-2 › worker\n",
    ),
    "lazydocker": _lines(lambda row: f"│{row.text:<150}│"),
    "tilt": _lines(lambda row: f"     worker-{row.worker} │ {row.text}", 2),
    "concurrently": _lines(lambda row: f"[{row.worker}] {row.text}", 2),
    "turbo": _lines(lambda row: f"worker-{row.worker}:dev: {row.text}", 2),
    "overmind": _lines(lambda row: f"worker{row.worker}  | {row.text}", 2),
    "pm2, times": _lines(
        lambda row: f"{row.worker}|worker  | {row.stamp('%Y-%m-%dT%H:%M:%S')}: {row.text}", 2
    ),
    "swarm": _lines(
        lambda row: f"lab_worker.{row.worker}.k3j2h1g5f6d7@node-{row.worker}    | {row.text}", 2
    ),
    "compose, coloured": _lines(
        lambda row: f"\x1b[3{row.worker}mworker-{row.worker}  | \x1b[0m{row.text}",
        2,
        before="Attaching to worker-1, worker-2\n",
        behind="worker-1 exited with code 0\n",
    ),
    "github log archive": LogForm(
        lambda rows: (
            b"\xef\xbb\xbf"
            + _text(
                (
                    f"{row.stamp('%Y-%m-%dT%H:%M:%S.1234567Z')} \x1b[36mworker-{row.worker}  | \x1b[0m{row.text}"
                    for row in rows
                ),
                "\r\n",
            )
        ),
        2,
        "1_build.txt",
    ),
    "windows terminal, padded": _lines(lambda row: f"{row.text:<200}"),
    "lnav": _lines(lambda row: f" {row.text}\x1b[K"),
    "cat -A": _lines(lambda row: f"{row.text}^M$"),
    "grep -n": _lines(lambda row: f"{row.at + 12}:{row.text}"),
    "grep of two files": _lines(lambda row: f"worker-{row.worker}.log:{row.text}", 2),
    "grep -n of two files": _lines(
        lambda row: f"logs/worker-{row.worker}.log:{row.at + 3}:{row.text}", 2
    ),
    "diff": _lines(
        lambda row: f"+{row.text}", before="--- a/worker.log\n+++ b/worker.log\n@@ -0,0 +1,24 @@\n"
    ),
    "ts": _lines(lambda row: f"Nov 23 {row.stamp('%H:%M:%S')} {row.text}"),
    "ts -s": _lines(lambda row: f"00:00:{row.at % 60:02d} {row.text}"),
    "rich handler": _lines(_rich),
    "bunyan cli": _lines(lambda row: f"[{row.stamp()}]  INFO: worker/7 on host: {row.text}"),
    # journald
    "journald monotonic": _lines(
        lambda row: f"[   {12 + row.at}.345678] host worker-{row.worker}[7]: {row.text}", 2
    ),
    "journald unix": _lines(
        lambda row: f"{row.epoch}.123456 host worker-{row.worker}[7]: {row.text}", 2
    ),
    "journald with unit": _lines(
        lambda row: (
            f"Mon {row.stamp('%Y-%m-%d %H:%M:%S')} UTC host lab6-worker@{row.worker}.service[7]: {row.text}"
        ),
        2,
    ),
    "journald verbose": LogForm(_verbose),
    "journald export": LogForm(_export),
    "journald json-pretty": LogForm(_pretty),
    # files
    "tail of two files": LogForm(_tails, 2),
    "tail of one file": LogForm(
        lambda rows: b"==> worker.log <==\n" + _text(row.text for row in rows)
    ),
    "docker api frames": LogForm(_frames),
    "bytes printed by Python": LogForm(_repr),
    "list printed by Python": LogForm(
        lambda rows: (repr([row.text for row in rows]) + "\n").encode()
    ),
    "json array of lines": _array(lambda row: row.text),
    "json array, compact": _array(lambda row: {"msg": row.text, "time": row.stamp()}, indent=None),
    "yaml block": _lines(lambda row: f"    {row.text}", before="logs:\n  worker: |\n"),
    "yaml list": _lines(lambda row: f"- '{row.text}'"),
    "yaml records": _lines(lambda row: f"- time: {row.stamp()}\n  message: '{row.text}'"),
    "script": LogForm(_typescript, 2),
    "asciinema": LogForm(_cast, 1, "demo.cast"),
    "utf-16, compose": LogForm(
        lambda rows: "".join(f"worker-{row.worker}  | {row.text}\r\n" for row in rows).encode(
            "utf-16"
        ),
        2,
    ),
    "utf-16 be": LogForm(
        lambda rows: b"\xfe\xff" + "".join(f"{row.text}\r\n" for row in rows).encode("utf-16-be")
    ),
    "utf-16, no bom": LogForm(
        lambda rows: "".join(f"{row.text}\r\n" for row in rows).encode("utf-16-le")
    ),
    "cp1251 noise": LogForm(
        lambda rows: b"".join(
            f"{row.text}\nОброблено зображення\n".encode("cp1251") for row in rows
        )
    ),
    "rotated, newest file first": LogForm(_rotated_wrong),
    # people
    "telegram": LogForm(_chat),
    "telegram export": _lines(lambda row: f"[23.11.2026 {row.stamp('%H:%M')}] Олена: {row.text}"),
    "whatsapp": _lines(lambda row: f"[23.11.26, {row.stamp('%H:%M:%S')}] Олена К.: {row.text}"),
    "slack": _lines(lambda row: f"[{row.stamp('%I:%M %p')}] {row.text}"),
    "word": _lines(
        lambda row: row.text.replace("...", "…").replace(": ", ":\u00a0").replace("-", "\u2013")
    ),
    "numbered list": _lines(lambda row: f"{row.at + 1}. {row.text}"),
    "bullets": _lines(lambda row: f"• {row.text}"),
    "jira": _lines(lambda row: row.text, before="{noformat}\n", behind="{noformat}\n"),
    "latex": _lines(lambda row: row.text, before="\\begin{verbatim}\n", behind="\\end{verbatim}\n"),
    "mail, quoted twice": _lines(lambda row: f"> > {row.text}"),
    "quoted-printable": LogForm(_quoted_printable, 1, "mail.eml"),
    "excel paste": _lines(lambda row: f"{row.at + 1}\t{row.stamp('%d.%m.%Y %H:%M')}\t{row.text}"),
    "quotes typed": _lines(lambda row: f"«{row.text}»"),
    # writers of all kinds
    "desktop stamps": _lines(
        lambda row: f"{row.stamp('%Y-%m-%d %H:%M:%S')} worker-{row.worker}  | {row.text}", 2
    ),
    "csv ; words first": _csv(
        ["Повідомлення", "Под"], lambda row: [row.text, f"w-{row.worker}"], 2, mark=";"
    ),
    "csv bom crlf": LogForm(
        lambda rows: (
            "time,pod,message\r\n"
            + "".join(f'{row.stamp()},w-{row.worker},"{row.text}"\r\n' for row in rows)
        ).encode("utf-8-sig"),
        2,
        "a.csv",
    ),
    "csv no header, words in the middle": _csv(
        [], lambda row: [row.stamp(), row.text, f"w-{row.worker}"], 2, quoted="y"
    ),
    "csv no header, unquoted, words in the middle": _csv(
        [], lambda row: [row.stamp(), row.text, f"w-{row.worker}"], 2
    ),
    "gcloud newest first": LogForm(
        lambda rows: _array(
            lambda row: {
                "insertId": "a",
                "resource": {"labels": {"pod_name": f"w-{row.worker}"}},
                "textPayload": row.text,
                "timestamp": row.stamp(),
            },
            2,
        ).make(rows[::-1]),
        2,
        "a.json",
    ),
    "loki newest first": LogForm(
        lambda rows: _array(
            lambda row: {"line": row.text, "timestamp": f"{row.epoch}000000000"}
        ).make(rows[::-1]),
        1,
        "a.json",
    ),
    "ecs nested pod": _json(
        lambda row: {
            "@timestamp": row.stamp(),
            "message": row.text,
            "kubernetes": {"pod": {"name": f"w-{row.worker}"}, "node": {"name": "n"}},
        },
        2,
    ),
    "md table": LogForm(
        lambda rows: (
            "# Звіт\n\n| час | воркер | рядок |\n| --- | --- | --- |\n"
            + "".join(f"| {row.stamp()} | w-{row.worker} | `{row.text}` |\n" for row in rows)
        ).encode(),
        1,
        "report.md",
    ),
    "select-string": _lines(lambda row: f"worker.log:{row.at + 1}:{row.text}"),
    "details": _lines(lambda row: f"com.docker.x=y {row.text}"),
    "thread": _lines(
        lambda row: f"{row.stamp('%Y-%m-%d %H:%M:%S,123')} MainThread INFO {row.text}"
    ),
    "jul": _lines(lambda row: f"Nov 23, 2026 8:00:00 AM worker main\nINFO: {row.text}"),
    "dotnet": _lines(lambda row: f"info: Worker[0]\n      {row.text}"),
    "browser console": _lines(lambda row: f"worker.js:12 {row.bare}"),
    "logcat": _lines(
        lambda row: f"{row.stamp('%Y-%m-%d %H:%M:%S.123')}  1000-1000  worker  pkg  I  {row.bare}"
    ),
    "emoji": _lines(lambda row: _SIGNS[row.bare[:3]] + row.bare),
    "emoji behind a file": _lines(
        lambda row: "worker/main.py:66: " + _SIGNS[row.bare[:3]] + row.bare
    ),
    "emoji of the level": _lines(
        lambda row: (
            f"{'🔴🟡🟢'[row.at % 7 % 3]} {row.stamp('%H:%M:%S')} ⟨воркер⟩ "
            + ("❌ " if row.at == 11 else _SIGNS[row.bare[:3]])
            + row.bare
        )
    ),
    "[Worker 1]": _lines(lambda row: f"[Worker {row.worker}] {row.bare}", 2),
    "worker#1:": _lines(lambda row: f"worker#{row.worker}: {row.bare}", 2),
    "(worker-1)": _lines(lambda row: f"(worker-{row.worker}) {row.bare}", 2),
    ">>>": _lines(lambda row: f"worker-{row.worker} >>> {row.bare}", 2),
    "<w>": _lines(lambda row: f"<worker{row.worker}> {row.bare}", 2),
    "bars": _lines(
        lambda row: f"{row.stamp('%H:%M:%S.123')} | worker-{row.worker} | INFO | {row.bare}", 2
    ),
    "stamp behind": _lines(lambda row: f"{row.bare} [{row.stamp('%Y-%m-%d %H:%M:%S')}]"),
    "seconds behind": _lines(lambda row: f"{row.bare} (0.{row.at}s)"),
    "worker behind": _lines(lambda row: f"{row.bare} | worker-{row.worker}", 2),
    "fields behind": _lines(lambda row: f"{row.bare} worker=w{row.worker} level=info", 2),
    "double spaced": _lines(lambda row: f"{row.text}\n"),
    "crcrlf": _lines(lambda row: f"{row.text}\r\r"),
    "tabs": _lines(lambda row: f"\t\t{row.text}"),
    "dashes": _lines(lambda row: f"--- {row.bare}"),
    "arrows": _lines(lambda row: f"-> {row.bare}"),
    "arrow sign": _lines(lambda row: f"→ {row.bare}"),
    "log()": _lines(lambda row: f"[LOG] {row.bare}"),
    "brackets around": _lines(lambda row: f"[{row.bare}]"),
    "double quotes": _lines(lambda row: f'"{row.bare}"'),
    "print f=": _lines(lambda row: f"message='{row.bare}'"),
    "tuple": _lines(lambda row: f"('{row.stamp()}', '{row.bare}')"),
    "dict": _lines(lambda row: str({"time": row.stamp(), "message": row.bare})),
    "xml": _lines(lambda row: f'<event time="{row.stamp()}"><message>{row.bare}</message></event>'),
    "log4j xml": _lines(
        lambda row: (
            f'<log4j:event logger="w"><log4j:message><![CDATA[{row.bare}]]></log4j:message></log4j:event>'
        )
    ),
    "html escaped": _lines(lambda row: f"<li>{row.bare}</li>"),
    "sql insert": _lines(lambda row: f"INSERT INTO log VALUES ({row.at}, '{row.bare}');"),
    "psql": _lines(lambda row: f" {row.at} | {row.stamp()} | {row.bare}"),
    "jsonp seq": _lines(lambda row: "\x1e" + json.dumps({"msg": row.bare})),
    "upper host": _lines(lambda row: f"HOST1 worker-{row.worker}: {row.bare}", 2),
    "utf8 box": _lines(lambda row: f"┃ worker-{row.worker} ┃ {row.bare}", 2),
    "teamcity": _lines(lambda row: f"[08:00:{row.at % 60:02d}]W:\t [Step 1/2] {row.bare}"),
    "jenkins": _lines(lambda row: f"[2026-11-23T08:00:{row.at % 60:02d}.123Z] {row.bare}"),
    "gitlab": _lines(lambda row: f"2026-11-23T08:00:{row.at % 60:02d}.123456Z 01O {row.bare}"),
    "azure devops": _lines(lambda row: f"2026-11-23T08:00:{row.at % 60:02d}.1234567Z {row.bare}"),
    "tekton": _lines(lambda row: f"[worker : step-run] {row.bare}"),
    "ansible": _lines(lambda row: f"ok: [vm] => {row.bare}"),
    "ansible list": _lines(
        lambda row: f'        "{row.bare}",',
        before='ok: [vm] => {\n    "out.stdout_lines": [\n',
        behind="    ]\n}\n",
    ),
}
