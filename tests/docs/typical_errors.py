"""``docs/uk/typical-errors.md``, made of the errors that the tests put into the skeletons.

``python -m tests.docs.typical_errors`` writes it anew; ``test_pages.py`` says whether it is stale.
"""

from pathlib import Path

from harness.texts import catalogue
from tests.typical.errors import LANGUAGES, Error, errors, file_of

PAGE = Path(__file__).parents[2] / "docs" / "uk" / "typical-errors.md"
TITLES = {"python": "Python", "go": "Go", "node": "JavaScript (Node.js)"}
HEAD = ("Помилка", "Що сталося", "Рядок, який показує комплект", "Підказка")
#: What stands in the place of a fact that only a run knows.
FACTS = {
    "code": "1",
    "message": "`id|шлях|дія`",
    "other": "images",
    "queue": "image_processing_queue",
    "count": "7",
    "word": "READY",
    "known": "QUEUED, PROCESSING, COMPLETED, FAILED",
}
BEGINNING = """# Типові помилки

Коли щось не працює, команди `lab6 checks`, `lab6 demo` і `lab6 report` починають із найпершої причини: називають, що сталося,
файл і рядок, показують сам рядок коду й дають підказку. Знайдіть нижче свою мову й прочитайте, як виглядає кожна помилка.

На цих самих помилках перевірено й комплект: його тести вносять кожну в готову роботу й дивляться, чи саме її названо
першою. Помилку «Пошкоджене повідомлення завершує воркер» знаходить лише `lab6 checks`: демонстрація не кладе в чергу
пошкоджених повідомлень.
"""


def table(language: str) -> str:
    """The table of one language."""
    rows = [HEAD, ("---",) * len(HEAD), *(row(language, one) for one in errors(language))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def row(language: str, error: Error) -> tuple[str, ...]:
    """One error: its name, what has happened, the line that is shown, the hint."""
    texts = catalogue("uk")
    happened = texts[f"finding.case.{error['case']}"].format(service=error["service"], **FACTS)
    shown = f"`{file_of(language, error)}`: {quoted(error['code'])}"
    told = (error["uk"], happened, shown, texts[f"finding.hint.{error['kind']}"])
    return tuple(cell.replace("|", "\\|") for cell in told)


def quoted(code: str) -> str:
    """As code; one that holds a backtick itself stands between two of them."""
    return f"`` {code} ``" if "`" in code else f"`{code}`"


def page() -> str:
    """The whole page."""
    parts = [f"## {TITLES[one]}\n\n{table(one)}\n" for one in LANGUAGES]
    return "\n".join([BEGINNING, *parts])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
