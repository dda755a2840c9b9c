"""One lab in the cluster for all tests that leave it as they found it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.stack.kubernetes.stack import KubernetesStack

ROOT = Path(__file__).parents[2]
KUBECTL = Path(sys.executable).with_name("kubectl")

Kubectl = Callable[[str], bytes]


@pytest.fixture(scope="session")
def stack() -> Iterator[KubernetesStack]:
    """Up, and gone afterwards."""
    with KubernetesStack() as made:
        made.up()
        yield made


@pytest.fixture(scope="session")
def kubectl(stack: KubernetesStack) -> Kubectl:
    """What kubectl prints of the lab's namespace, both outputs together."""
    place = ["--context", stack.cluster.context, "-n", stack.name]

    def run(words: str) -> bytes:
        done = subprocess.run(
            [KUBECTL, *place, *words.split()],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
            check=False,
        )
        return done.stdout

    return run
