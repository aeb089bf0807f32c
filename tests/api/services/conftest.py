import csv
from collections.abc import Iterator

import pytest

from api.storage import Store
from reference_library import build, load, read_past_cases, write
from reference_library.synthetic import synthetic_cases
from rms.engine.library import Library
from rms.instrument import instrument

CASES = 150


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The first synthetic cases as a library, written and mapped as in service."""
    folder = tmp_path_factory.mktemp("library")
    rows = synthetic_cases()[:CASES]
    with (folder / "cases.csv").open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, fieldnames=list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    past = read_past_cases(folder / "cases.csv", instrument("rms"))
    built = build(past, policy="nearest", name="small", version="1", facts={"synthetic": True})
    return load(write(built, folder))


@pytest.fixture
def store(sqlite_url: str) -> Iterator[Store]:
    store = Store(sqlite_url)
    yield store
    store.close()
