"""The first cause: what logs of several languages say, held against the code of a work."""

import pytest

from harness.grade.finding.cause import JobFacts, RunFacts, ServiceFacts, at_start, find_cause
from harness.grade.finding.patterns import patterns
from harness.grade.finding.sources import StudentCode
from harness.grade.finding.words import to_document
from harness.texts import has
from harness.texts.finding_lines import finding_lines
from report.markdown import words

PYTHON = b"""worker/main.py:9: started
Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    main()
  File "/usr/lib/python3/site-packages/redis/client.py", line 9, in blpop
    raise
%s
"""
GO = b"""2026/11/27 07:00:00 main.go:2: started
panic: runtime error: index out of range [3] with length 3

goroutine 1 [running]:
main.processQueue(0xc000)
\t/src/lab6/worker/main.go:2 +0x1d
main.main()
\t/src/lab6/worker/main.go:1 +0x1d
exit status 2
"""
NODE = b"""/app/index.js:2
    foo();
    ^

ReferenceError: foo is not defined
    at processQueue (/app/index.js:2:5)
    at Object.<anonymous> (/app/index.js:1:1)
"""
NODE_MODULE = b"""node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module 'reddis'
Require stack:
- /app/index.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15)
    at Object.<anonymous> (/app/index.js:2:15)
    at Module._compile (node:internal/modules/cjs/loader:1521:14) {
  code: 'MODULE_NOT_FOUND'
}
"""
NODE_SYNTAX = b"""/app/index.js:2
foo(
   ^

SyntaxError: missing ) after argument list
    at wrapSafe (node:internal/modules/cjs/loader:1464:18)

Node.js v20.20.2
"""
NODE_TABLE = b"""/app/node_modules/pg-pool/index.js:45
    Error.captureStackTrace(err)
          ^

error: relation "job" does not exist
    at /app/node_modules/pg-pool/index.js:45:11
    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)
    at async execute (/app/index.js:2:7) {
  length: 106,
  code: '42P01'
}
"""
GO_SERVED = b"""2026/11/27 17:32:32 http: panic serving 127.0.0.1:51768: assignment to entry in nil map
goroutine 6 [running]:
net/http.(*conn).serve.func1()
\t/usr/local/go/src/net/http/server.go:1850 +0xbf
panic({0x638a60, 0x6e22a0})
\t/usr/local/go/src/runtime/panic.go:890 +0x262
main.create({0x3b?, 0xffffffffffffffff?}, 0x4b2d13?)
\t/src/main.go:8 +0x33
net/http.HandlerFunc.ServeHTTP(0xc00004daf0?, {0x6e4828?, 0xc0000e0000?}, 0x0?)
\t/usr/local/go/src/net/http/server.go:2109 +0x2f
net/http.(*ServeMux).ServeHTTP(0x0?, {0x6e4828, 0xc0000e0000}, 0xc0000dc000)
\t/usr/local/go/src/net/http/server.go:2487 +0x149
net/http.serverHandler.ServeHTTP({0xc00007ce70?}, {0x6e4828, 0xc0000e0000}, 0xc0000dc000)
\t/usr/local/go/src/net/http/server.go:2947 +0x30c
net/http.(*conn).serve(0xc000000aa0, {0x6e4c00, 0xc00007cdb0})
\t/usr/local/go/src/net/http/server.go:1991 +0x607
created by net/http.(*Server).Serve
\t/usr/local/go/src/net/http/server.go:3102 +0x4db
"""
GO_SERVED_INDEX = GO_SERVED.replace(
    b"assignment to entry in nil map", b"runtime error: index out of range [0] with length 0"
).replace(b"main.go:8", b"main.go:13")
NODE_PLAIN_ABOVE = b"""error: job 1 failed
TypeError: x is not a function
    at execute (/app/index.js:2:7)
"""
NODE_TWICE = b"""ReferenceError: foo is not defined
    at processQueue (/app/index.js:3:5)
TypeError: x is not a function
    at execute (/app/index.js:2:7)
"""
GO_BUILD = "#9 1.23 # lab6/worker\n#9 1.24 ./main.go:2:5: undefined: foo\n#9 1.25 ./main.go:1:1: declared and not used: x\n"


@pytest.fixture
def code(tmp_path):
    """A work whose services are written in three languages."""
    for name in ("api/main.py", "worker/main.py", "worker/main.go", "worker/index.js"):
        file = tmp_path / "lab6" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# one\nfoo()\n  third({name!r})\n", encoding="utf-8")
    return StudentCode(tmp_path)


def ended(log, code, service="worker"):
    """The cause where this service ended with that log."""
    facts = ServiceFacts(service=service, ended=True, exit_code=1, log=log)
    return find_cause(RunFacts(services=(facts,)), code)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (b"NameError: name 'logg' is not defined", "name"),
        (b"ModuleNotFoundError: No module named 'reddis'", "module"),
        (b"KeyError: 'REDIS_ADDR'", "key"),
        (b"redis.exceptions.ConnectionError: Error 111 connecting. Connection refused.", "refused"),
        (
            b'psycopg2.errors.UndefinedTable: relation "job" does not exist\nLINE 1: UPDATE',
            "table",
        ),
        (b'psycopg2.errors.UndefinedColumn: column "state" does not exist', "column"),
        (
            b'psycopg2.errors.UndefinedColumn: column "state" of relation "jobs" does not exist',
            "column",
        ),
        (b"ValueError: not enough values to unpack (expected 4, got 1)", "unpack"),
        (b"NotImplementedError", "todo"),
    ],
)
def test_pythons_last_traceback_names_the_students_own_line(code, error, kind):
    """A frame of a library is passed over; the file is the service's own."""
    found = ended(PYTHON % error, code)
    assert (found.case, found.kind) == ("ended", kind)
    assert (found.place.file, found.place.line) == ("lab6/worker/main.py", 3)
    assert found.place.code == "third('worker/main.py')"


def test_a_syntax_error_has_no_traceback_and_is_found(code):
    """Python prints the place alone."""
    log = b"  File \"/x/lab6/api/main.py\", line 2\n    foo(\n       ^\nSyntaxError: '(' was never closed\n"
    found = ended(log, code, "api")
    assert (found.kind, found.place.file, found.place.line) == ("syntax", "lab6/api/main.py", 2)


@pytest.mark.parametrize(
    ("log", "kind", "file"),
    [
        (GO, "unpack", "lab6/worker/main.go"),
        (NODE, "name", "lab6/worker/index.js"),
        (NODE_MODULE, "module", "lab6/worker/index.js"),
        (NODE_SYNTAX, "syntax", "lab6/worker/index.js"),
        (NODE_TABLE, "table", "lab6/worker/index.js"),
    ],
)
def test_go_and_node_name_their_lines_too(code, log, kind, file):
    """The frame nearest to the error comes first there."""
    found = ended(log, code)
    assert (found.kind, found.place.file, found.place.line) == (kind, file, 2)


@pytest.mark.parametrize(
    ("log", "line", "kind", "error"),
    [
        (GO_SERVED, 8, "nil", "panic: assignment to entry in nil map"),
        (
            GO_SERVED + GO_SERVED_INDEX,
            13,
            "unpack",
            "panic: runtime error: index out of range [0] with length 0",
        ),
    ],
)
def test_a_panic_that_a_go_server_caught_names_its_handler(tmp_path, log, line, kind, error):
    """As net/http logs it and goes on (Go 1.19's own words); of two, the last."""
    file = tmp_path / "lab6" / "api" / "main.go"
    file.parent.mkdir(parents=True)
    file.write_text("".join(f"\tline({n})\n" for n in range(1, 19)), encoding="utf-8")
    api = ServiceFacts(service="api", ended=False, exit_code=None, log=log)
    jobs = (JobFacts(http_status=502, status=None),)
    found = find_cause(RunFacts(services=(api,), jobs=jobs), StudentCode(tmp_path))
    assert (found.case, found.service, found.kind) == ("crashed", "api", kind)
    assert found.error == error
    place = found.place
    assert (place.file, place.line, place.code) == ("lab6/api/main.go", line, f"line({line})")


@pytest.mark.parametrize("log", [NODE_PLAIN_ABOVE, NODE_TWICE])
def test_the_error_quoted_is_the_one_above_its_own_frames(code, log):
    """A plain line in the words of an error, and an earlier error, are passed over."""
    found = ended(log, code)
    assert (found.error, found.place.line) == ("TypeError: x is not a function", 2)


@pytest.mark.parametrize(
    ("reason", "case"), [("Error", "complains"), ("relation jobs is missing", "failed")]
)
def test_only_a_reason_of_some_length_tells_which_line_is_about_a_job(code, reason, case):
    """A line that repeats why a job failed is no complaint; the word Error is in any of them."""
    line = f'Error: relation "jobs" does not exist, {reason}\n'.encode()
    worker = ServiceFacts(service="worker", ended=False, exit_code=None, log=line * 3)
    jobs = (JobFacts(http_status=202, status="FAILED", error=reason),)
    assert find_cause(RunFacts(services=(worker,), jobs=jobs), code).case == case


def test_a_build_that_failed_tells_the_compilers_first_complaint(code):
    """What comes after it may be its consequence."""
    found = find_cause(at_start({"log": GO_BUILD}), code)
    assert (found.case, found.kind, found.place.file) == ("build", "name", "lab6/worker/main.go")
    assert found.place.line == 2


def test_an_api_that_runs_and_answers_nothing_did_not_end(code):
    """What a start that waited in vain tells: no exit code, for nothing ended."""
    found = find_cause(at_start({"service": "api", "seconds": "30", "log": ""}), code)
    assert (found.case, found.service, found.kind) == ("mute", "api", "mute")
    assert find_cause(at_start({"service": "postgres", "seconds": "30", "log": ""}), code) is None


def test_where_all_is_well_nothing_is_found(code):
    """A traceback in the log of a lab whose jobs complete explains nothing."""
    service = ServiceFacts(
        service="worker", ended=False, exit_code=None, log=PYTHON % b"NameError: x"
    )
    jobs = (JobFacts(http_status=202, status="COMPLETED"),)
    assert find_cause(RunFacts(services=(service,), jobs=jobs), code) is None


def test_the_kits_mercy_does_not_hide_an_api_that_publishes_nothing(code):
    """All completed, after a redelivery that the worker made by itself."""
    jobs = (JobFacts(http_status=202, status="COMPLETED", redelivered=True),)
    assert find_cause(RunFacts(jobs=jobs), code).case == "unpublished"


def test_messages_in_another_list_are_named(code):
    """Where the api puts them, and where the worker waits."""
    jobs = (JobFacts(http_status=202, status="QUEUED", received=False),)
    facts = RunFacts(jobs=jobs, other_lists={"images": "x"}, queue="image_processing_queue")
    found = find_cause(facts, code)
    assert (found.case, found.facts["other"]) == ("queue", "images")


@pytest.mark.parametrize(
    "log",
    [
        b"",
        b"\x00\xff" * 50_000,
        b'Traceback (most recent call last):\n  File "' + b"a" * 100_000,
        b'  File "/etc/passwd", line 1\n    x\nSyntaxError: \x1b[31m<script>alert(1)</script>\n',
        b'Traceback (most recent call last):\n  File "../../../etc/passwd", line 1, in x\nOSError: no\n',
        b"Traceback (most recent call last):\n" * 5_000,
        b'  File "main.py", line 999999999999\nNameError: x\n' * 2_000,
    ],
)
def test_a_hostile_log_is_read_within_bounds(code, log):
    """No file out of the work, no control character, nothing that Markdown would render."""
    found = ended(log, code)
    told = [words(text) for _, text in finding_lines(to_document(found))]
    assert all(text.isprintable() and "<script" not in text and len(text) < 2000 for text in told)
    assert found.place is None or found.place.file.startswith("lab6/")


@pytest.mark.parametrize("name", [name for name, _ in patterns().kinds])
def test_every_kind_has_its_hint(name):
    """The catalogue of patterns and the texts are one set."""
    assert has(f"finding.hint.{name}")


def test_what_has_passed_is_no_cause(code):
    """An api that waited for PostgreSQL at its start works by now; the worker says what is not
    done."""
    waited = b"main.go:7: Waiting for PostgreSQL: dial tcp: connect: connection refused\n" * 3
    works = b"POST /job/submit 202\n" * 20
    undone = "worker/main.py:29: Завдання 2.1 ще не виконано\n".encode() * 3
    services = [
        ServiceFacts(service=name, ended=False, exit_code=None, log=log)
        for name, log in (("api", waited + works), ("worker", undone))
    ]
    jobs = [JobFacts(http_status=202, status="QUEUED", received=False)]
    cause = find_cause(RunFacts(services=services, jobs=jobs), code)
    assert (cause.service, cause.kind) == ("worker", "todo")
    assert (
        to_document(cause, "uk")["sentence"] == "у сервісі worker є завдання, якого ще не виконано"
    )
    longer = (
        b"api/main.py:150: Waiting for PostgreSQL: connection to server failed: Connection refused\n"
        b"\tIs the server running on that host and accepting TCP/IP connections?\n\n"
    ) * 3  # as psycopg tells it
    started = ServiceFacts(
        service="api", ended=False, exit_code=None, log=longer + b"api/main.py:160: listening\n"
    )
    cause = find_cause(RunFacts(services=[started, services[1]], jobs=jobs), code)
    assert (cause.service, cause.kind) == ("worker", "todo")
    silent = (
        waited + b"api/main.go:200: API Gateway listening on port 8080\n"
    )  # and no line a request
    listens = ServiceFacts(service="api", ended=False, exit_code=None, log=silent)
    cause = find_cause(RunFacts(services=[listens, services[1]], jobs=jobs), code)
    assert (cause.service, cause.kind) == ("worker", "todo")
    refused = [JobFacts(http_status=503, status=None)]
    cause = find_cause(RunFacts(services=[listens, services[1]], jobs=refused), code)
    assert (cause.service, cause.kind) == ("api", "refused")
    still = ServiceFacts(service="api", ended=False, exit_code=None, log=waited)
    cause = find_cause(RunFacts(services=[still, services[1]], jobs=jobs), code)
    assert (cause.service, cause.kind) == ("api", "refused")


def test_of_two_services_with_a_file_of_one_name_the_one_that_does_not_build_is_meant(tmp_path):
    """BuildKit says at the end which step failed, and of which service."""
    for service in ("api", "worker"):
        file = tmp_path / "lab6" / service / "main.go"
        file.parent.mkdir(parents=True)
        file.write_text(f"// {service}\nfoo()\n", encoding="utf-8")
    for service in ("api", "worker"):
        log = f"{GO_BUILD}------\n > [{service} 5/5] RUN go build -o service main.go:\n"
        found = find_cause(RunFacts(build_log=log.encode()), StudentCode(tmp_path))
        assert (found.service, found.place.file) == (service, f"lab6/{service}/main.go")


@pytest.mark.parametrize("code", [137, -9])
def test_whoever_was_killed_had_no_last_words(code, tmp_path):
    """Out of memory, most often: what stands last in its log is no error."""
    log = b"2026/11/27 18:05:59 main.go:96: Status updated to PROCESSING for job 1\n"
    worker = ServiceFacts(service="worker", ended=True, exit_code=code, log=log)
    found = find_cause(RunFacts(services=(worker,)), StudentCode(tmp_path))
    assert (found.case, found.kind, found.error, found.place) == ("ended", "killed", "", None)
