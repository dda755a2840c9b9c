"""What a teacher looks at before the next lecture: how points are spread, and what most works
stumble over.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from statistics import median

from report.documents import Document
from report.group import GradedWork
from report.markdown import one_line

_BINS = 10
_DIGITS = re.compile(r"\d+")
_LONGEST = 300


def spread(works: Sequence[GradedWork]) -> Document:
    """Counts of works by tenths of the points, their mean and median in percent; None without
    any verdict.
    """
    shares = [
        100 * work.verdict["score"] / (work.verdict["max_score"] or 1)
        for work in works
        if work.verdict
    ]
    bins = Counter(min(int(share / (100 / _BINS)), _BINS - 1) for share in shares)
    return {
        "bins": [bins[place] for place in range(_BINS)],
        "mean": round(sum(shares) / len(shares), 1) if shares else None,
        "median": round(median(shares), 1) if shares else None,
    }


def check_shares(works: Sequence[GradedWork]) -> list[Document]:
    """Each check: in how many works it holds, does not, was not judged; worst first, with its
    commonest reason.
    """
    seen: dict[str, list[Document]] = defaultdict(list)
    for work in works:
        for check in work.verdict["checks"] if work.verdict else ():
            seen[check["id"]].append(check)
    shares = [_share(name, checks) for name, checks in seen.items()]
    return sorted(shares, key=lambda row: (row["share"] is None, row["share"], -row["failed"]))


def _share(name: str, checks: list[Document]) -> Document:
    counts = Counter(check["passed"] for check in checks)
    judged = counts[True] + counts[False]
    return {
        "id": name,
        "task": checks[0]["task"],
        "title": one_line(checks[0]["title"])[:_LONGEST],
        "passed": counts[True],
        "failed": counts[False],
        "unjudged": counts[None],
        "share": round(100 * counts[True] / judged, 1) if judged else None,
        **_commonest([check for check in checks if check["passed"] is False]),
    }


def _commonest(failed: list[Document]) -> Document:
    """The reason that most works share, numbers apart; its own words and hint."""
    if not failed:
        return {"reason": "", "times": 0, "hint": ""}
    kinds = Counter(_DIGITS.sub("0", _reason(check)) for check in failed)
    kind, times = kinds.most_common(1)[0]
    first = next(check for check in failed if _DIGITS.sub("0", _reason(check)) == kind)
    hint = one_line((first["cause"] or {}).get("help") or "")[:_LONGEST]
    return {"reason": _reason(first), "times": times, "hint": hint}


def _reason(check: Document) -> str:
    return one_line((check["cause"] or {}).get("rationale") or "")[:_LONGEST]
