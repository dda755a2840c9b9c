"""The lab's services' own modules: no package, for they import nothing of the kit."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

LAB = Path(__file__).parents[2] / "lab6"


def module(service: str, name: str) -> ModuleType:
    """A service's module that runs nothing when it is imported; it may import its neighbours."""
    spec = importlib.util.spec_from_file_location(name, LAB / service / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    known = set(sys.modules)
    sys.path.insert(0, str(LAB / service))
    try:
        spec.loader.exec_module(made)
    finally:
        sys.path.remove(str(LAB / service))
        for neighbour in (LAB / service).glob("*.py"):  # both services have a pg.py
            if neighbour.stem not in known:
                sys.modules.pop(neighbour.stem, None)
    return made
