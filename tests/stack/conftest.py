"""One running lab of each runtime; all tests of one before the next one's."""

import pytest

from tests.stack.runtimes import BY_NAME, RUNTIMES


@pytest.fixture(scope="module", params=BY_NAME)
def stack(request):
    """The lab that a file's tests share, so every test leaves it as it found it."""
    return request.getfixturevalue(request.param)


@pytest.fixture
def runtime(stack):
    """What the tests know of its runtime."""
    return RUNTIMES[stack.runtime]
