"""A name means one thing: no two classes of the kit share one."""

import ast
from collections import defaultdict
from pathlib import Path

KIT = Path(__file__).parents[2]
ROOMS = ("harness", "report", "bench", "checks", "tests")
#: Programs of their own that only happen to lie here: peers, workers, what students hand in.
OTHERS = (
    "bench/peers",
    "harness/loops/workers",
    "tests/mutants",
    "tests/docker/hostile",
    "checks/assignments/next-lab/reference",
    "checks/assignments/word-count/reference",
)


def places_of_classes() -> dict[str, list[str]]:
    places = defaultdict(list)
    for room in ROOMS:
        for file in sorted((KIT / room).rglob("*.py")):
            place = file.relative_to(KIT).as_posix()
            if place.startswith(OTHERS):
                continue
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ClassDef):
                    places[node.name].append(place)
    return places


def test_no_two_classes_share_a_name():
    """Whoever reads one room need not ask which ``Job`` is meant."""
    places = places_of_classes()
    assert len(places) > 100
    assert {name: found for name, found in places.items() if len(found) > 1} == {}
