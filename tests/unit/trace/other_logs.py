"""More logs as people have them: forms beside those of ``whole_logs``, each of which was once judged
wrong or not at all, and their nearest neighbours.
"""

import html
import json
from itertools import groupby

from tests.unit.trace.whole_logs import LogForm, LogRow, _array, _csv, _json, _lines, _text

_EARLY = [
    LogRow(at, 1, "worker/main.py:44: Worker started listening for events...")
    for at in (-600, -540)
]


def _twice(rows: list[LogRow]) -> bytes:
    return _text(f"{row.stamp()} {row.bare}\n{row.stamp()} {row.bare}" for row in rows)


def _by_worker(rows: list[LogRow]) -> list[LogRow]:
    return sorted(rows, key=lambda row: (row.worker, row.at))


def _bare(rows: list[LogRow]) -> str:
    return "".join(f"{row.bare}\n" for row in rows)


def _insights(rows: list[LogRow]) -> bytes:
    results = [
        [
            {"field": "@timestamp", "value": row.stamp("%Y-%m-%d %H:%M:%S.123")},
            {"field": "@message", "value": row.bare},
            {"field": "@logStream", "value": f"w/{row.worker}"},
        ]
        for row in rows
    ]
    return json.dumps({"results": results, "status": "Complete"}, indent=2).encode()


def _loki(rows: list[LogRow]) -> bytes:
    result = [
        {
            "stream": {"pod": f"w-{worker}"},
            "values": [[f"{row.epoch}000000000", row.text] for row in some],
        }
        for worker, some in groupby(_by_worker(rows), lambda row: row.worker)
    ]
    return json.dumps(
        {"status": "success", "data": {"resultType": "streams", "result": result}}
    ).encode()


def _tables(rows: list[LogRow]) -> bytes:
    columns = [{"name": "TimeGenerated"}, {"name": "Log_s"}]
    table = {"columns": columns, "rows": [[row.stamp(), row.text] for row in rows]}
    return json.dumps({"tables": [table]}).encode()


def _page(rows: list[LogRow]) -> bytes:
    cells = "".join(
        f"<tr><td>{row.stamp()}</td><td>w-{row.worker}</td><td>{html.escape(row.text)}</td></tr>\n"
        for row in rows
    )
    return f"<html><body><table>{cells}</table></body></html>".encode()


def _struck(row: LogRow) -> str:
    return "".join(f"{char}\b{char}" if char in "RSJ" else char for char in row.bare)


def _escaped(row: LogRow) -> str:
    return row.text.replace("|", "\\|")


def _inner(row: LogRow, inner: str) -> object:
    return {
        "log": inner + "\n",
        "stream": "stderr",
        "time": row.stamp(),
        "attrs": {"tag": f"worker-{row.worker}"},
    }


OTHERS: dict[str, LogForm] = {
    # workers told apart by what was taken for noise
    "pid of journald": _lines(
        lambda row: f"Nov 23 {row.stamp('%H:%M:%S')} host python[{900 + row.worker}]: {row.text}", 2
    ),
    "pid of journald, ISO": _lines(
        lambda row: f"{row.stamp('%Y-%m-%dT%H:%M:%S+0200')} host py[{row.worker}]: {row.text}", 2
    ),
    "name of the log's file": _lines(lambda row: f"worker{row.worker}.log: {row.text}", 2),
    "address": _lines(
        lambda row: (
            f'10.0.0.{row.worker} - - [{row.stamp("%d/%b/%Y:%H:%M:%S +0000")}] "{row.bare}"'
        ),
        2,
    ),
    "process of Erlang": _lines(
        lambda row: f"{row.stamp('%H:%M:%S.123')} pid=<0.12{row.worker}.0> [info] {row.bare}", 2
    ),
    "fluent bit's tag": _lines(
        lambda row: (
            f"[{row.at}] docker.worker{row.worker}: [[{row.epoch}.123456789, {{}}], "
            f'{{"log"=>"{row.bare}", "stream"=>"stderr"}}]'
        ),
        2,
    ),
    "jsonl, w": _json(lambda row: {"msg": row.text, "w": row.worker}, 2),
    "labels in a cell": _csv(
        ["Time", "Line", "labels", "id"],
        lambda row: [
            row.stamp("%Y-%m-%d %H:%M:%S"),
            row.text,
            json.dumps({"pod": f"w-{row.worker}"}),
            f"a{row.at}",
        ],
        2,
    ),
    "worker in a report's table": LogForm(
        lambda rows: _text(
            [
                "| Воркер | Рядок |\n|--|--|",
                *(f"| worker-{row.worker} | `{row.text}` |" for row in rows),
            ]
        ),
        2,
        "report.md",
    ),
    "page with a table": LogForm(_page, 2, "report.html"),
    # records within records, and documents
    "json-file, loguru": _json(
        lambda row: _inner(
            row,
            f"{row.stamp('%Y-%m-%d %H:%M:%S.123')} | INFO     | worker.main:run:66 - {row.bare}",
        ),
        2,
    ),
    "json-file, celery": _json(
        lambda row: _inner(
            row, f"[{row.stamp('%Y-%m-%d %H:%M:%S,123')}: WARNING/MainProcess] {row.bare}"
        ),
        2,
    ),
    "json-file, logrus": _json(
        lambda row: _inner(row, f'time="{row.stamp()}" level=info msg="{row.bare}"'), 2
    ),
    "json-file, log4j": _json(
        lambda row: _inner(
            row, f"{row.stamp('%Y-%m-%d %H:%M:%S,123')} [main] INFO  c.e.Worker:66 - {row.bare}"
        ),
        2,
    ),
    "loguru's records": _json(
        lambda row: {
            "text": f"{row.stamp('%Y-%m-%d %H:%M:%S.123')} | INFO     | __main__:run:66 - {row.bare}\n",
            "record": {"message": row.bare, "process": {"id": 7 + row.worker}},
        },
        2,
    ),
    "datadog's answer": LogForm(
        lambda rows: json.dumps(
            {
                "data": [
                    {"id": "A", "attributes": {"message": row.text, "host": f"w-{row.worker}"}}
                    for row in rows
                ]
            }
        ).encode(),
        2,
        "dd.json",
    ),
    "insights' answer": LogForm(_insights, 2, "cw.json"),
    "loki's answer": LogForm(_loki, 2, "loki.json"),
    "azure's tables": LogForm(_tables, 1, "az.json"),
    "lines and labels": _array(
        lambda row: {"line": row.text, "labels": {"pod": f"w-{row.worker}"}}, 2
    ),
    # rows of tables
    "table's rows": _lines(
        lambda row: f"| {row.stamp()} | INFO | worker-{row.worker} | {_escaped(row)} |", 2
    ),
    "table in ASCII": _lines(lambda row: f"| {row.at:<3} | {row.text:<150} |"),
    "jira's rows": _lines(lambda row: f"|{row.stamp()}|{_escaped(row)}|"),
    "Markdown's escapes": _lines(
        lambda row: row.text.replace("_", "\\_").replace("|", "\\|").replace("-", "\\-")
    ),
    # characters
    "ESC as a word": _lines(lambda row: f"ESC[36mworker-{row.worker}  | ESC[0m{row.text}", 2),
    "ESC glued behind": _lines(lambda row: f"ESC[32m{row.bare}ESC[0m"),
    "ESC in brackets": _lines(lambda row: f"<ESC>[32m{row.bare}<ESC>[0m"),
    "CSI in one byte": _lines(lambda row: f"\x9b32m{row.bare}\x9b0m"),
    "struck over": _lines(_struck),
    "full width": _lines(lambda row: row.bare.replace(":", "\uff1a")),
    "Greek letters": _lines(lambda row: row.bare.replace("COMPLETED", "CΟMPLETED")),
    "spaces doubled": _lines(lambda row: row.bare.replace(" ", "  ")),
    "one space doubled": _lines(lambda row: row.bare.replace("Job ", "Job  ")),
    "entities": _lines(lambda row: row.text.replace("|", "&#124;").replace("-", "&#45;")),
    "pilcrow": _lines(lambda row: f"{row.bare}¶"),
    # searches
    "grep -A": _lines(lambda row: f"{row.at + 1}{'-' if row.at % 3 else ':'}{row.bare}"),
    # several lines in one string
    "the whole log in one field": LogForm(lambda rows: json.dumps({"log": _bare(rows)}).encode()),
    "the same, of no known name": LogForm(
        lambda rows: json.dumps(
            {"code": 0, "result": {"stdout": _bare(rows), "stderr": ""}}, indent=2
        ).encode()
    ),
    "each worker's log in one field": LogForm(
        lambda rows: json.dumps(
            [
                {"name": f"worker-{worker}", "output": _bare(some)}
                for worker, some in groupby(_by_worker(rows), lambda row: row.worker)
            ]
        ).encode(),
        2,
    ),
    "JSON lines, five lines in each": LogForm(
        lambda rows: _text(
            json.dumps({"time": rows[at].stamp(), "message": _bare(rows[at : at + 5])})
            for at in range(0, len(rows), 5)
        )
    ),
    # copies, and workers one below the other
    "each line twice": LogForm(_twice),
    "two workers' logs, one below the other": LogForm(
        lambda rows: _text(f"{row.stamp()} {row.text}" for row in _by_worker(rows)), 2
    ),
    "the same, of which one began to listen long before": LogForm(
        lambda rows: _text(f"{row.stamp()} {row.text}" for row in _by_worker([*_EARLY, *rows])), 2
    ),
}
