"""Numbers as a language, or a program, writes them."""

from harness.texts import say


def number(value: float, decimal: str | None = None) -> str:
    """Without needless zeros; the decimal sign of the process's language where none is given."""
    text = f"{round(value, 6):.6f}".rstrip("0").rstrip(".")
    return text.replace(".", say("numbers.decimal") if decimal is None else decimal)
