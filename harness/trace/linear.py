"""Regular expressions of strangers, by RE2: however one is made, it reads a line in time that grows
with the line's length alone. Python's own may need years for thirty letters.
"""

import re
from typing import Any


def linear(source: str) -> Any:
    """The expression as an object with what a ``re.Pattern`` has of ``match`` and ``search``.

    ValueError with a sentence where it is none, or where RE2 cannot have it (a lookahead, a
    backreference).
    """
    import re2  # type: ignore[import-untyped]  # few runs have a stranger's profile

    options = re2.Options()
    options.log_errors = False
    try:
        re.compile(source)  # what a profile needs of words is read by Python's grammar
        return re2.compile(source, options)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(str(error)) from error
    except re2.error as error:
        (reason,) = error.args
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else reason
        raise ValueError(str(text)) from error
