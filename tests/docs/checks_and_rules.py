"""The page ``docs/uk/checks-and-rules.md`` and README's table of tasks, made of the rubric, the
rules and the texts.

``python -m tests.docs.checks_and_rules`` writes both anew; ``test_pages.py`` says whether they are
stale.
"""

import re
from pathlib import Path

from harness.grade.verdict.rubric import RUBRIC, Item, Rubric, load_rubric
from harness.texts import catalogue
from harness.trace import RULES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "uk" / "checks-and-rules.md"
README = ROOT / "README.uk.md"
BEGIN, END = "<!-- tasks: begin -->", "<!-- tasks: end -->"

_HEAD = """# Перевірки й правила

Цю сторінку створено з таблиць комплекту: `checks/rubric.toml` (бали, назви, підказки), `harness/texts/uk/asks.toml`
(вимоги) і `harness/texts/uk/rules.toml` (правила). Перевірок: {checks}, разом {points} балів.

Результат кожної перевірки — «складено», «не складено», «не перевірено» або «не оцінено»; що це означає, описано на
сторінці [Як читати результати](results.md).
"""
_RULES = """## Правила журналу

Команда `lab6 verify` перевіряє журнал воркера за {count} правилами. Їх же використовують перевірки `log-sequence` і
`log-matches-facts`.
"""


def page() -> str:
    """The whole page."""
    rubric = load_rubric(RUBRIC)
    parts = [_HEAD.format(checks=len(rubric.items), points=_points(rubric.max_score))]
    parts += [_task(rubric, number) for number in sorted(rubric.tasks)]
    parts += [_RULES.format(count=len(RULES)), *_rules()]
    return "\n".join(parts)


def tasks_table() -> str:
    """The Markdown between the two marks of README.uk.md."""
    rubric = load_rubric(RUBRIC)
    rows = [
        (
            f"{number}. {title}",
            str(len(_of_task(rubric, number))),
            _points(sum(item.points for item in _of_task(rubric, number))),
        )
        for number, title in sorted(rubric.tasks.items())
    ]
    total = ("**Разом**", f"**{len(rubric.items)}**", f"**{_points(rubric.max_score)}**")
    return _table(("Завдання", "Перевірок", "Балів"), [*rows, total], "| --- | ---: | ---: |")


def renewed(readme: str) -> str:
    """README with the table, and the sentence that sums it up, as they are to be."""
    rubric = load_rubric(RUBRIC)
    between = re.compile(f"{BEGIN}.*?{END}", re.DOTALL)
    told = f"{len(rubric.items)} перевірок разом дають {_points(rubric.max_score)} балів"
    readme = re.sub(r"\d+ перевірок разом дають \S+ балів", told, readme)
    return between.sub(lambda _: f"{BEGIN}\n{tasks_table()}\n{END}", readme)


def _task(rubric: Rubric, number: int) -> str:
    texts, items = catalogue("uk"), _of_task(rubric, number)
    most = _points(sum(item.points for item in items))
    rows = [
        (
            f"**{_cell(item.title)}**<br>`{item.id}`",
            _points(item.points),
            _cell(texts[f"asks.{item.id}"]),
            _cell(item.hint),
        )
        for item in items
    ]
    head = ("Перевірка", "Балів", "Що потрібно", "Підказка")
    table = _table(head, rows, "| --- | ---: | --- | --- |")
    return f"## Завдання {number}. {rubric.tasks[number]}: {most}\n\n{table}\n"


def _rules() -> list[str]:
    texts = catalogue("uk")
    rows = [
        (
            f"**{texts[f'rules.{rule.id}.title']}**<br>`{rule.id}`",
            _cell(texts[f"rules.{rule.id}.explanation"]),
            _cell(texts[f"rules.{rule.id}.hint"]),
        )
        for rule in RULES
    ]
    return [_table(("Правило", "Що воно вимагає", "Підказка"), rows, "| --- | --- | --- |"), ""]


def _of_task(rubric: Rubric, number: int) -> list[Item]:
    return [item for item in rubric.items.values() if item.task == number]


def _points(points: float) -> str:
    return f"{points:g}".replace(".", ",")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]], dashes: str) -> str:
    lines = [f"| {' | '.join(head)} |", dashes, *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
