"""Before numpy is imported: one thread for its linear algebra, as in a web worker.

And which tests belong together when they run on several cores: those of a file, which share what the file
prepares, and all that work on the one demonstration of `tests/end_to_end`. The longest are begun first, so
that no core is left with one of them at the end.
"""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# How fast examples are drawn says something of the machine, and of what else it does, not of RMS.
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
    items.sort(key=lambda item: _place(item.path))
    for item in items:
        together = END_TO_END if END_TO_END in item.path.parents else item.path
        item.add_marker(pytest.mark.xdist_group(together.relative_to(TESTS).as_posix()))


def _place(path: Path) -> int:
    """Where it stands among the longest, or behind them."""
    found = (place for place, one in enumerate(LONGEST) if one == path or one in path.parents)
    return next(found, len(LONGEST))
