"""Logs in files that are no plain text: judged as what is in them, bounded, and told of where
nobody can read them.
"""

import gzip
import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.verify import verify
from harness.trace import TraceError
from harness.trace.packed import bounded

A, B = (f"{n}3e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b" for n in ("8a", "9b"))


def ok(job: str) -> list[str]:
    return [
        f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.png|grayscale|",
        f"Status updated to PROCESSING for job {job}",
        f"Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.png",
    ]


def text(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def judged(file: Path, data: bytes) -> tuple[int, dict]:
    file.write_bytes(data)
    target = file.with_suffix(".verdict")
    arguments = [str(file), "--json", str(target)]
    result = CliRunner().invoke(verify, arguments, standalone_mode=False, catch_exceptions=False)
    return result.return_value, json.loads(target.read_text(encoding="utf-8"))


def zipped(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w") -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode=mode) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def notebook(lines: list[str]) -> bytes:
    output = {"output_type": "stream", "name": "stdout", "text": [line + "\n" for line in lines]}
    cells = [
        {"cell_type": "markdown", "source": ["# Звіт\n"]},
        {"cell_type": "code", "source": "!cat worker.log", "outputs": [output]},
        {"cell_type": "code", "source": "!tail worker.log", "outputs": [output]},
    ]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def page(lines: list[str]) -> bytes:
    body = "<br>".join(lines)
    return f"<!DOCTYPE html><html><head><title>x</title></head><body>{body}</body></html>".encode()


FORMS = {
    "worker.log.gz": lambda lines: gzip.compress(text(lines)),
    "logs.zip": lambda lines: zipped({"worker.log": text(lines)}),
    "logs.tar": lambda lines: tarred({"worker.log": text(lines)}),
    "logs.tar.gz": lambda lines: tarred({"worker.log": text(lines)}, "w:gz"),
    "gz in zip.zip": lambda lines: zipped({"worker.log.gz": gzip.compress(text(lines))}),
    "rotated.zip": lambda lines: zipped(
        {"worker.log": text(lines[2:]), "worker.log.1": text(lines[:2])}
    ),
    "report.ipynb": notebook,
    "report.html": page,
}


@pytest.mark.parametrize("name", FORMS)
def test_the_log_in_it_is_judged(tmp_path, name) -> None:
    assert judged(tmp_path / name, FORMS[name]([*ok(A), *ok(B)]))[0] == 0
    status, document = judged(tmp_path / name, FORMS[name]([*ok(A), ok(B)[0], ok(B)[2]]))
    assert status == 1
    assert [(v["rule"], v["job_id"]) for v in document["violations"]] == [("missing-step", B)]


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_each_file_is_a_worker(tmp_path, pack) -> None:
    """Of one worker the second job would begin within the first: of two it does not."""
    one, two = text(ok(A)[:2]), text(ok(B))
    status, document = judged(tmp_path / "x", pack({"w-1.log": one, "w-2.log": two}))
    assert (status, [v["rule"] for v in document["violations"]]) == (1, ["unfinished"])


ROTATED = {
    "TimedRotatingFileHandler": ["worker.log.2026-11-22", "worker.log.2026-11-23", "worker.log"],
    "hourly": ["worker.log.2026-11-22_09", "worker.log.2026-11-22_10", "worker.log"],
    "dateext": ["worker.log-20261122", "worker.log-20261123.gz", "worker.log"],
    "dateext, extension": ["worker-20261122.log", "worker-20261123.log", "worker.log"],
    "numbers": ["worker.log.10", "worker.log.2", "worker.log"],
    "kubelet": ["w/0.log.20261122-101010", "w/0.log", "w/1.log"],
}


@pytest.mark.parametrize("names", ROTATED.values(), ids=ROTATED)
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_rotated_files_are_one_worker_oldest_first(tmp_path, names, pack) -> None:
    """Each job goes over from one file to the next: of two workers, or out of order, it breaks."""
    lines = [*ok(A), *ok(B)]
    parts = [text(lines[:2]), text(lines[2:4]), text(lines[4:])]
    files = {
        name: gzip.compress(part) if name.endswith(".gz") else part
        for name, part in zip(names, parts, strict=True)
    }
    assert judged(tmp_path / "x", pack(dict(reversed(files.items()))))[0] == 0


def test_a_folder_packed_as_a_dot_is_read(tmp_path) -> None:
    """So does ``tar czf logs.tgz .`` name its files; hidden ones stay unread."""
    files = {"./worker.log": text(ok(A)), "./._worker.log": text(ok(B)[:1])}
    assert judged(tmp_path / "x.tgz", tarred(files, "w:gz"))[0] == 0


def test_a_sparse_file_of_terabytes_is_refused_unread(tmp_path) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("worker.log")
        info.size = 5
        info.pax_headers = {"GNU.sparse.map": "0,5", "GNU.sparse.size": str(1 << 45)}
        archive.addfile(info, io.BytesIO(b"12345"))
    with pytest.raises(TraceError) as caught:
        judged(tmp_path / "x.tar", made.getvalue())
    assert caught.value.reference == "log-packed-large"


UNREADABLE = {
    "log-kind": ("x.pdf", b"%PDF-1.7 ..."),
    "log-document": ("x.docx", zipped({"word/document.xml": b"<w/>"})),
    "log-spreadsheet": (
        "x.xlsx",
        zipped({"xl/workbook.xml": b"<w/>", "xl/sharedStrings.xml": b""}),
    ),
    "log-packed-broken": ("x.gz", gzip.compress(text(ok(A)))[:-12]),
    "log-notebook": ("x.ipynb", b"{}"),
    "log-packed-many": ("x.zip", zipped({f"{n}.log": b"" for n in range(1001)})),
}


@pytest.mark.parametrize("reference", UNREADABLE)
def test_what_nobody_can_read_is_told(tmp_path, reference) -> None:
    name, data = UNREADABLE[reference]
    with pytest.raises(TraceError) as caught:
        judged(tmp_path / name, data)
    assert caught.value.reference == reference


def test_a_bomb_ends_with_a_sentence(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(bounded, "_FREE", 1 << 20)
    with pytest.raises(TraceError) as caught:
        judged(tmp_path / "x.gz", gzip.compress(bytes(40 << 20)))
    assert caught.value.reference == "log-packed-large"


def test_zstandard_is_read_or_asked_for(tmp_path) -> None:
    try:
        import zstandard
    except ImportError:
        with pytest.raises(TraceError) as caught:
            judged(tmp_path / "x.zst", b"\x28\xb5\x2f\xfd....")
        assert caught.value.reference == "log-zstd"
    else:
        data = zstandard.ZstdCompressor().compress(text([*ok(A), *ok(B)]))
        assert judged(tmp_path / "x.zst", data)[0] == 0
