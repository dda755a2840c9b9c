"""What the notebooks need, in a few functions: a running lab, its tables and pictures, exercises.

from harness.lesson import open_lab
lab = open_lab()
job_id = lab.submit(sample_photo(), "grayscale")
lab.finished(job_id)
lab.close()
"""

from harness.lesson.checking import check_lab
from harness.lesson.diagram import draw_lab
from harness.lesson.errors import LessonError
from harness.lesson.exercises import exercise
from harness.lesson.gantt import draw_gantt
from harness.lesson.lab import LessonLab
from harness.lesson.lanes import draw_timeline
from harness.lesson.log import judge_log, log_steps
from harness.lesson.opening import close_lab, name_runtime, open_lab
from harness.lesson.pictures import large_job, sample_photo, show_pictures

__all__ = [
    "LessonError",
    "LessonLab",
    "check_lab",
    "close_lab",
    "draw_gantt",
    "draw_lab",
    "draw_timeline",
    "exercise",
    "judge_log",
    "large_job",
    "log_steps",
    "name_runtime",
    "open_lab",
    "sample_photo",
    "show_pictures",
]
