"""Settings for all tests: one thread for linear algebra, as in a web worker, and the order on several cores.

The tests of a file run on one core, because they share fixtures. So do all tests in `tests/end_to_end`, which
share the demonstration. The longest start first, so that none of them runs alone at the end.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# The time to draw examples depends on the machine and its load, not on RMS.
settings.register_profile("rms", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("rms")

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")

TESTS = Path(__file__).parent
END_TO_END = TESTS / "end_to_end"
LONGEST = [
    END_TO_END,
    TESTS / "browser/test_accessibility.py",
    TESTS / "api/resources/search/test_office_filter.py",
    TESTS / "api/test_contract.py",
    TESTS / "browser",
    TESTS / "api/auth/test_access.py",
    TESTS / "api/storage",
]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _order(item.path))
    for item in items:
        together = END_TO_END if END_TO_END in item.path.parents else item.path
        item.add_marker(pytest.mark.xdist_group(together.relative_to(TESTS).as_posix()))


def _order(path: Path) -> int:
    """The index of the test file in `LONGEST`, or after it."""
    matches = (index for index, longest in enumerate(LONGEST) if longest == path or longest in path.parents)
    return next(matches, len(LONGEST))
