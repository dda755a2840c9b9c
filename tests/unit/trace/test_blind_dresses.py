"""Dresses that a blind tester found: a broken job is the only one accused, and what nobody can tell
is not judged.
"""

import json

import pytest
from click.testing import CliRunner

from harness.cli.verify import verify
from harness.trace import TraceError
from tests.unit.trace.test_mending import BROKEN, GOOD, IDS, judged, text, worded, wrapped
from tests.unit.trace.test_more_dresses import MANY, by_two


def in_error_record(lines: list[str], width: int) -> bytes:
    """As PowerShell 5.1 saves standard error: its first line is an error of the command."""
    first, *others = lines
    told = [
        f"docker : {first}",
        "At line:1 char:1",
        "+ docker logs image_worker_service 2>&1 > worker.log",
        "+ ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~",
        f"    + CategoryInfo          : NotSpecified: ({first[:37]}...:String) [], RemoteException",
        "    + FullyQualifiedErrorId : NativeCommandError",
        " ",
        *others,
    ]
    return "".join(f"{line}\r\n" for line in wrapped(told, width)).encode("utf-16")


@pytest.mark.parametrize("width", [79, 119, 400])
@pytest.mark.parametrize("broken", [False, True])
def test_the_first_line_in_an_error_of_powershell_is_read(tmp_path, broken, width) -> None:
    """Behind the command's name; a wide console breaks none of the lines."""
    ok, found, _ = judged(tmp_path, in_error_record(worded(broken), width))
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)


def in_panel(rows: list[str], width: int) -> list[str]:
    """As copied out of a panel of lazydocker."""
    return [
        f"╭─Logs{'─' * (width - 5)}╮",
        *(f"│{row:<{width}}│" for row in rows),
        f"╰{'─' * width}╯",
    ]


def beside_a_shell(rows: list[str]) -> list[str]:
    """As copied out of two panes of tmux: the left one has said little."""
    said = ["$ curl -F image=@a.png   ", "  :8080/job/submit       ", '{"status":"QUEUED"}      ']
    return [f"{(said[at] if at < len(said) else ''):<25}│{row}" for at, row in enumerate(rows)]


def on_pages(rows: list[str], heading: str, first: int = 1, feed: str = "\f\n") -> list[str]:
    """As a document's text: at a page's end an empty line and its number, then the next heading."""
    made = [heading]
    for page, at in enumerate(range(0, len(rows), 20), first):
        made += [*rows[at : at + 20], "", f"{page}{feed}{heading}", ""]
    return "\n".join(made).split("\n")


def folded_in_columns(lines: list[str], width: int) -> list[str]:
    """As Rich prints at 80 columns: a long word fills the row in which it begins."""
    made = []
    for line in lines:
        row, rows = "", []
        for word in line.split(" "):
            if len(row) + len(word) <= width:
                row += f"{word} "
                continue
            rest = row + word if len(word) > width else word
            rows += [row] if rest == word else []
            while len(rest) > width:
                rows.append(rest[:width])
                rest = rest[width:]
            row = f"{rest} "
        first, *others = [*rows, row]
        made.append(f"[15:42:28] INFO     {first:<{width}} main.py:57")
        made += [f"{'':20}{other:<{width}}           " for other in others]
    return made


AROUND = {
    "an indentation": lambda lines: [f"    {row}" for row in wrapped(lines, 86)],
    "a quotation": lambda lines: ["Іван пише:", *(f"> {row}" for row in wrapped(lines, 74))],
    "a quotation twice": lambda lines: [f"> > {row}" for row in wrapped(lines, 72)],
    "a panel": lambda lines: in_panel(wrapped(lines, 94), 94),
    "a panel, padded": lambda lines: in_panel([f" {row} " for row in wrapped(lines, 94)], 96),
    "two panes": lambda lines: beside_a_shell(wrapped(lines, 78)),
    "pages with a heading": lambda lines: on_pages(wrapped(lines, 92), "Звіт з роботи 6"),
    "pages, no feed": lambda lines: on_pages(wrapped(lines, 92), "Звіт з роботи 6", feed="\n\n"),
    "pages of a part, indented": lambda lines: [
        f"    {row}" for row in on_pages(wrapped(lines, 86), "", first=12, feed="\f\n")
    ],
    "Rich at 80 columns": lambda lines: folded_in_columns(lines, 48),
}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("form", AROUND)
def test_rows_are_joined_whatever_stands_around_them(tmp_path, form, broken) -> None:
    ok, found, document = judged(tmp_path, text(AROUND[form](worded(broken))))
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)
    assert "wrapped" in document["mended"]


def test_the_name_before_each_row_is_no_pane(tmp_path) -> None:
    """Two workers' jobs overlap in it, and by their names they may."""
    names = ("worker-1", "worker-2")
    rows = [f"{names[at // 3 % 2]} │ {line}" for at, line in enumerate(worded(False))]
    rows[2], rows[3] = rows[3], rows[2]
    assert judged(tmp_path, text(rows))[:2] == (True, GOOD)


def test_the_rest_of_a_line_may_look_like_a_page(tmp_path) -> None:
    """It hides neither the pages that there are nor the job."""
    lines = [line.replace("9a0b", "9a07") for line in worded(True)]
    rows = wrapped(lines, len(lines[1]) - 1)
    assert rows.count("7") == len(IDS) - 1
    _, found, document = judged(tmp_path, text(on_pages(rows, "Звіт з роботи 6")))
    assert [rule for rule, _ in found] == ["missing-step"]
    assert document["mended"] == ["pages", "wrapped"]


def in_turn(lines: list[str], *ends: str) -> bytes:
    """Each line with the next one of these ends."""
    return "".join(line + ends[at % len(ends)] for at, line in enumerate(lines)).encode()


ENDS = {
    "LF, CRLF and CR": lambda lines: in_turn(lines, "\n", "\r\n", "\r"),
    "one CR": lambda lines: text(lines[:4]) + in_turn(lines[4:6], "\r", "\n") + text(lines[6:]),
    "vertical tabs": lambda lines: in_turn(lines, "\v"),
    "vertical tabs in a long log": lambda lines: in_turn(
        [*lines[:6], *["y" * 999] * 70, *lines[6:]], "\v"
    ),
    "Unicode's separators": lambda lines: in_turn(lines, "\u2028", "\u2029"),
    "a progress bar between": lambda lines: in_turn(lines, "\n10%\r50%\r100%\n"),
    "a progress bar before": lambda lines: text([f"10%\r50%\r100%\r{line}" for line in lines]),
}


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("form", ENDS)
def test_a_line_may_end_by_another_mark(tmp_path, form, broken) -> None:
    """A CR that begins a progress bar anew ends none."""
    ok, found, _ = judged(tmp_path, ENDS[form](worded(broken)))
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)


def in_contexts(lines: list[str], *files: str) -> list[str]:
    """As grep -n -A 2 prints the start, the receipts and what follows them, out of each file."""
    made = [f"{files[0]}:5:main.py:40: Worker started listening".removeprefix(":")]
    for at, line in enumerate(lines):
        is_found = "Received" in line
        mark, file = (":" if is_found else "-"), files[(at // 3) * len(files) * 3 // len(lines)]
        made += ["--"] if is_found else []
        made.append(f"{file}{mark}{at * 2 + 7}{mark}{line}".removeprefix(mark))
    return made


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("files", [[""], ["worker-1.log", "worker-2.log"]])
@pytest.mark.parametrize("prefix", ["", "2026/11/23 08:00:00 "])
def test_lines_around_what_grep_found_are_read(tmp_path, prefix, files, broken) -> None:
    lines = [prefix + line for line in worded(broken)]
    ok, found, _ = judged(tmp_path, text(in_contexts(lines, *files)))
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)


def recorded(lines: list[str], version: int, many: int) -> bytes:
    """As asciinema records a terminal: the command letter by letter, then so many lines at once."""
    output = "".join(f"{line}\r\n" for line in lines)
    typed = list("$ docker logs -f image_worker_service\r\n")
    size = len(output) // (len(lines) // many) + 1
    pieces = [*typed, *(output[at : at + size] for at in range(0, len(output), size))]
    head = {"version": version, "width": 80, "height": 24, "env": {"TERM": "xterm"}}
    rows = [head, [0.05, "i", "d"], *([0.1, "o", piece] for piece in pieces), [9.5, "r", "80x24"]]
    return "".join(json.dumps(row) + "\n" for row in rows).encode()


@pytest.mark.parametrize("broken", [False, True])
@pytest.mark.parametrize("many", [1, 5, 20])
@pytest.mark.parametrize("version", [2, 3])
def test_a_recorded_terminal_is_read_as_it_printed(tmp_path, version, many, broken) -> None:
    """Its pieces end anywhere."""
    ok, found, _ = judged(tmp_path, recorded(worded(broken), version, many))
    assert (ok, found) == (not broken, BROKEN if broken else GOOD)


@pytest.mark.parametrize("glue", [" ;; ", ", "])
def test_a_profile_for_lines_of_several_events_is_refused(tmp_path, glue) -> None:
    """It would read one of them."""
    (log := tmp_path / "worker.log").write_text(f"<1> noise\n<2> {glue.join(worded(False))}\n")
    proposal = tmp_path / "profile.toml"
    arguments = [str(log), "--propose-profile", str(proposal)]
    with pytest.raises(TraceError) as caught:
        CliRunner().invoke(verify, arguments, standalone_mode=False, catch_exceptions=False)
    assert (caught.value.reference, caught.value.facts) == ("proposal-several", {"line": 2})
    assert not proposal.exists()


def test_a_profile_for_records_that_tell_an_event_twice_is_made(tmp_path) -> None:
    lines = [f"<1> {json.dumps({'said': line, 'raw': line})}\n" for line in worded(False)]
    (log := tmp_path / "worker.log").write_text("".join(lines))
    arguments = [str(log), "--propose-profile", str(tmp_path / "profile.toml")]
    CliRunner().invoke(verify, arguments, standalone_mode=False, catch_exceptions=False)
    assert (tmp_path / "profile.toml").exists()


def test_a_line_of_several_events_may_be_about_any_job(tmp_path) -> None:
    """What stands behind the first of them is not read, and nobody is accused of lacking it."""
    lines = worded(False)
    several = f"<2> {' ;; '.join(lines[7:11])}"
    ok, found, document = judged(tmp_path, text([*lines[:7], several, *lines[11:]]))
    assert (ok, found, document["reason"]) == (None, set(), "near-misses")


def exported(lines: list[str], instances: list[str], *, many: int, indent: int | None) -> bytes:
    """As an OpenTelemetry collector writes logs: so many records in a batch, of each instance of the
    worker together.
    """
    made = ""
    for begin in range(0, len(lines), many):
        some = list(enumerate(lines[begin : begin + many], begin))
        resources = []
        for instance in sorted(set(instances)):
            records = [
                {
                    "timeUnixNano": f"{1795420800 + at}000000000",
                    "attributes": [{"key": "body", "value": {"stringValue": "x"}}],
                    "body": {"stringValue": line}
                    if at % 2
                    else {
                        "kvlistValue": {"values": [{"key": "msg", "value": {"stringValue": line}}]}
                    },
                }
                for at, line in some
                if instances[at] == instance
            ]
            name = [{"key": "service.instance.id", "value": {"stringValue": instance}}]
            scopes = [{"scope": {}, "logRecords": records[:1]}, {"logRecords": records[1:]}]
            resources.append({"resource": {"attributes": name}, "scopeLogs": scopes})
        made += json.dumps({"resourceLogs": resources}, indent=indent) + "\n"
    return made.encode()


@pytest.mark.parametrize("spoil", ["", "missing-step", "overlap"])
@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("many", [6, 100])
def test_batches_of_a_collector_are_read(tmp_path, many, indent, spoil) -> None:
    """Workers' jobs overlap, and each has a name."""
    told = [line.split(" ", 1) for line in by_two("{who} {line}", spoil, who=("a", "b"))]
    lines, instances = [line for _, line in told], [who for who, _ in told]
    data = exported(lines, instances, many=many, indent=indent)
    wrong = {"": set(), "missing-step": {(spoil, MANY[7])}, "overlap": {(spoil, MANY[10])}}
    assert judged(tmp_path, data)[:2] == (not spoil, wrong[spoil])


TAGGED = {
    "a list": '"tags":["env:dev","container_name:{who}"]',
    "a list, by a rarer name": '"tags":["env:dev","task_arn:{who}"]',
    "one string": '"ddtags":"env:dev,container_name:{who}"',
}


@pytest.mark.parametrize("spoil", ["", "missing-step", "overlap"])
@pytest.mark.parametrize("tags", TAGGED)
def test_a_tag_names_the_worker(tmp_path, tags, spoil) -> None:
    form = '{{"host":"pc","message":"{line}",' + TAGGED[tags] + "}}"
    lines = by_two(form, spoil, who=("lab6-worker-1", "lab6-worker-2"))
    wrong = {"": set(), "missing-step": {(spoil, MANY[7])}, "overlap": {(spoil, MANY[10])}}
    assert judged(tmp_path, text(lines))[:2] == (not spoil, wrong[spoil])


def test_tags_that_name_no_worker_tell_nothing(tmp_path) -> None:
    lines = by_two('{{"message":"{line}","tags":["env:dev","fast"],"ddtags":7}}')
    assert {rule for rule, _ in judged(tmp_path, text(lines))[1]} == {"overlap"}
