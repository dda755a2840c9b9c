"""01_producer shows each step of the api where it left its mark, while no worker runs."""

NOTEBOOK = "01_producer"


def job_id(ran):
    """The id of the first job."""
    return ran.shown("менше ніж за секунду").split("'job_id': '")[1][:36]


def test_nothing_is_there_at_first(ran):
    """An empty queue and an empty table."""
    assert "повідомлень у черзі: 0" in ran.shown('lab.stop("worker")')
    assert "<td>0</td>" in ran.html('lab.stop("worker")')


def test_the_api_answers_without_a_worker(ran):
    """At once, and with 202."""
    told = ran.shown("менше ніж за секунду")
    assert told.startswith("202")
    assert "менше ніж за секунду: True" in told


def test_the_file_is_stored_under_the_jobs_id(ran):
    """Point for point; its comment of 72 bytes is gone."""
    told = ran.shown("lab.file(path)")
    assert f"./storage/{job_id(ran)}.jpg" in told
    assert "байтів надіслано: 61306 · збережено: 61234" in told
    assert "точка в точку: True" in told


def test_the_row_is_queued(ran):
    """And has no result yet."""
    table = ran.html("lab.row(job_id)")
    assert job_id(ran) in table
    assert "QUEUED" in table
    assert table.count("None") == 4


def test_the_message_has_the_jobs_four_fields(ran):
    """Exactly one message, as the lab's contract has it."""
    job = job_id(ran)
    assert ran.shown("lab.redis.lrange") == f"['{job}|./storage/{job}.jpg|crop|130,20,390,350']"
    parsed = ran.shown('split("|")')
    for field in (job, f"./storage/{job}.jpg", "crop", "130,20,390,350"):
        assert f"= {field}\n" in parsed


def test_redis_was_sent_one_command_for_the_job(ran):
    """RPUSH, and nothing else of the api's."""
    lines = ran.shown("lab.monitor()").strip().split("\n")
    job = job_id(ran)
    assert lines == [f"RPUSH image_processing_queue {job}|./storage/{job}.jpg|crop|130,20,390,350"]


def test_row_then_message_then_answer(ran):
    """In the order of the witnesses' times."""
    table = ran.html("lab.timeline(second)")
    places = [table.index(part) for part in ("запис у таблиці: QUEUED", "RPUSH", "API відповів")]
    assert places == sorted(places)


def test_bad_requests_leave_no_message(ran):
    """Three refusals, no message."""
    told = ran.shown('"rotate"')
    assert told.count("422 ") == 3
    assert "нових повідомлень: 0" in told


def test_what_waited_is_done_when_the_worker_is_back(ran):
    """Both jobs, and the queue is empty again."""
    table = ran.html('lab.start("worker")')
    assert job_id(ran) in table
    assert table.count("COMPLETED") == 2
    assert ran.shown('print("повідомлень у черзі:"').count("повідомлень у черзі: 0") == 2


def test_unsolved_exercises_wait_with_a_hint(ran):
    """Three of them."""
    assert ran.shown("exercise(").count("Ще не розв’язано") == 3
