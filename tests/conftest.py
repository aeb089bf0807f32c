"""Before numpy is imported: one thread for its linear algebra, as in a web worker.

And which tests belong together when they run on several cores: those of a file, which share what the file
prepares, and all that work on the one demonstration of `tests/end_to_end`.
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

END_TO_END = Path(__file__).parent / "end_to_end"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        together = END_TO_END if END_TO_END in item.path.parents else item.path
        item.add_marker(pytest.mark.xdist_group(together.relative_to(END_TO_END.parent).as_posix()))
