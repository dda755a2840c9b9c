"""A run as its ``demo.json`` tells it, made for the tests: one job that ends, one that is lost in the
worker, one that the api refuses.
"""

HOSTILE = "</script><script>window.hurt = 1</script><img src=x onerror='window.hurt = 1'><!--"
IDS = [f"0cb6da10-4760-4b41-861f-8c796139fe{number}" for number in (14, 15)]


def at(ms):
    """So many milliseconds after the start."""
    return f"2026-01-01T12:00:00.{ms:03d}000Z"


def job(number, job_id, *, ended, text, http=202):
    """A job of the document, sent 10 ms after the one before, which is still under way then."""
    start = number * 10
    events = [("received", 20), ("processing", 30), *([("completed", 60)] if ended else [])]
    row = {"created_at": at(start + 5), "started_at": at(start + 25), "finished_at": None}
    if ended:
        row["finished_at"] = at(start + 55)
    return {
        "job_id": job_id,
        "action": text,
        "params": text,
        "http_status": http,
        "sent": at(start),
        "answered": at(start + 15),
        "status": "COMPLETED" if ended else "PROCESSING",
        "input": f"/anywhere/pictures/0{number}-in.png",
        "error": text,
        "events": [
            {"time": at(start + ms), "kind": kind, "line": 1, "text": text} for kind, ms in events
        ]
        if job_id
        else [],
        "row": row if job_id else None,
    }


def demo_document(text="resize"):
    """The whole document."""
    return {
        "schema": "lab6/demo/v1",
        "ok": False,
        "jobs": [
            job(1, IDS[0], ended=True, text=text),
            job(2, IDS[1], ended=False, text=text),
            job(3, None, ended=False, text=text, http=422),
        ],
        "finding": {
            "sentence": text,
            "error": text,
            "file": "worker/main.py",
            "line": 7,
            "code": text,
            "hint": text,
            "service": "worker",
        },
    }
