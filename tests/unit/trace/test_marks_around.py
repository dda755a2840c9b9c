"""Ids, messages and paths as languages print them, with marks of their own around them; lines that
only explain the words.
"""

from uuid import UUID

import pytest

from tests.unit.trace.test_mending import BROKEN, GOOD, judged, text, worded

#: around a message, around the id of a status line, around a path
MARKED = {
    "serilog": ('"{}"', '"{}"', '"{}"'),
    "bytes": ("b'{}'", "{}", "{}"),
    "guid": ("{}", "{{{}}}", "{}"),
    "repr": ("{}", "UUID('{}')", "'{}'"),
}


@pytest.mark.parametrize("name", MARKED)
@pytest.mark.parametrize("is_broken", [False, True])
@pytest.mark.parametrize("many", [3, 3000])  # line by line, and in bulk
def test_marks_around_an_id_a_message_or_a_path_are_no_part_of_it(
    tmp_path, name, is_broken, many
) -> None:
    message, job, path = MARKED[name]
    ids = [str(UUID(int=number << 96 | 0x4A5B << 64)) for number in range(1, many + 1)]
    lines = []
    for one in ids:
        data = message.format(f"{one}|./storage/{one}.png|grayscale|")
        result = path.format(f"./storage/{one}_out.png")
        lines += [
            f"Received New Event: Job Submitted. Data: {data}",
            f"Status updated to PROCESSING for job {job.format(one)}",
            f"Job {job.format(one)} COMPLETED. Result saved to: {result}",
        ]
    if is_broken:
        del lines[4]
    ok, found, document = judged(tmp_path, text(lines))
    assert (ok, document["jobs"]) == (not is_broken, many)
    assert found == ({("missing-step", ids[1])} if is_broken else set())


@pytest.mark.parametrize("is_broken", [False, True])
def test_a_line_that_explains_the_words_is_no_event(tmp_path, is_broken) -> None:
    lines = [
        "Received New Event: Job Submitted. Data: <job_id>|<file_path>|<action>|<params>",
        "Status updated to PROCESSING for job <job_id>",
        "Job <job id> COMPLETED. Result saved to: <path>",
        "",
        *worded(is_broken),
    ]
    ok, found, _ = judged(tmp_path, text(lines))
    assert (ok, found) == (not is_broken, BROKEN if is_broken else GOOD)
