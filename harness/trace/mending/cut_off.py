"""A log whose long lines a viewer cut at its width, with dots at their ends: what stood behind them
nobody knows.
"""

from collections.abc import Sequence
from dataclasses import replace

from harness.trace.judge import Verdict

_DOTS = ("...", "…")
_LEAST = 2  #: lines that are cut
_HANGING = frozenset({"lost", "missing-step", "phantom", "unfinished"})  #: may stand in what is cut


def without_cut_off(verdict: Verdict, lines: Sequence[bytes]) -> Verdict:
    """The verdict without what a viewer's cut explains; where nothing is left then, nobody judges.
    A worker that cuts its receipts alone has longer lines beside them.
    """
    spoilt = [each for each in verdict.violations if each.rule == "malformed" and each.lines]
    if not spoilt:
        return verdict
    texts = [line.decode("utf-8", "replace").rstrip() for line in lines]
    width = max(map(len, texts))
    full = [text for text in texts if len(text) == width]
    if len(full) < _LEAST or not all(text.endswith(_DOTS) for text in full):
        return verdict
    cut = {id(each) for each in spoilt if len(texts[each.lines[0] - 1]) == width}
    if not cut:
        return verdict
    left = [
        each for each in verdict.violations if id(each) not in cut and each.rule not in _HANGING
    ]
    if left:
        return replace(verdict, violations=tuple(left))
    return replace(verdict, ok=None, reason="maybe-cut-off", violations=(), mended=())
