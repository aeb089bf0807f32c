"""Features are what was dated on a day or before, and known then, on each of the two databases."""

import csv
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from api.demonstration.force import write_force
from api.services.prediction import reading
from api.services.prediction.reading import everybody_on
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.storage import Store
from tests.api.contexts import context_for
from tests.api.demonstration.folder_records import folder_records
from tests.api.trained_force import AT, DAY, RULES

HIGH = 40.0
PEOPLE = 200
LATER = AT + timedelta(days=20)
Row = dict[str, str]


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    store = Store(request.getfixturevalue(f"{request.param}_url"))
    yield store
    store.close()


@pytest.fixture(autouse=True)
def several_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "BLOCK", 60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_force(tmp_path / "force", seed=11, people=PEOPLE, day=DAY)
    return tmp_path / "force"


def load(store: Store, folder: Path, at: datetime = AT) -> None:
    report = import_folder(context_for(store, at=at), FolderOnDisk(folder))
    assert report.counts["refused"] == 0


def features(store: Store, on: date, *, at: datetime = LATER) -> np.ndarray:
    people = everybody_on(context_for(store, at=at), on, rules=RULES, high=HIGH)
    return np.concatenate([people.features(part)[people.about(part)] for part in people.parts])


def rewritten(folder: Path, name: str, change: Callable[[list[Row]], list[Row]]) -> None:
    path = folder / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    changed = change(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(changed)


def test_the_database_gives_the_features_of_the_files(store: Store, folder: Path) -> None:
    load(store, folder)
    expected = folder_records(folder, as_at=DAY, high=HIGH)
    for on in (DAY, date(2024, 2, 29), date(2021, 6, 30)):
        np.testing.assert_allclose(features(store, on, at=AT), expected.day(on).x, rtol=1e-12)


LATE = "2026-03-10"  # after DAY


def again(rows: list[Row], name: str, **changed: str) -> list[Row]:
    """The rows, and some of them again with another ID."""
    return [*rows, *({**row, name: f"N{at}", **changed} for at, row in enumerate(rows[:300]))]


CHANGES: dict[str, tuple[str, Callable[[list[Row]], list[Row]]]] = {
    "a later offence": ("offences", lambda rows: again(rows, "offence", date=LATE)),
    "an earlier offence that becomes known later": ("offences", lambda rows: again(rows, "offence")),
    "another code, outcome and stage": (
        "offences",
        lambda rows: [{**row, "code": "00100", "outcome": "1", "stage": "convicted"} for row in rows],
    ),
    "another day of an offence": ("offences", lambda rows: [{**row, "date": "2025-12-24"} for row in rows]),
    "a later registration": (
        "registrations",
        lambda rows: again(rows, "registration", **{"from": LATE, "to": ""}),
    ),
    "a registration that ends": ("registrations", lambda rows: [{**row, "to": row["from"]} for row in rows]),
    "another sentence": ("sentences", lambda rows: [{**row, "kind": "custody"} for row in rows]),
    "another marker": ("drug_markers", lambda rows: [{**row, "kind": "supply", "to": ""} for row in rows]),
    "a report that is withdrawn": ("intelligence", lambda rows: [{**row, "grade": "E"} for row in rows]),
    "a plan": ("plans", lambda rows: [{**row, "managed": "yes", "to": ""} for row in rows]),
    "another date of birth": (
        "people",
        lambda rows: [{**row, "date_of_birth": "1980-05-05"} for row in rows],
    ),
    "a link that ends": ("associations", lambda rows: [{**row, "to": row["from"]} for row in rows]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_becomes_known_later_changes_nothing(change: str, store: Store, folder: Path) -> None:
    load(store, folder)
    days = (DAY, date(2024, 2, 29))
    before = [features(store, on) for on in days]
    rewritten(folder, CHANGES[change][0], CHANGES[change][1])
    declaration = (folder / "import.toml").read_text(encoding="utf-8")
    (folder / "import.toml").write_text(declaration.replace(str(DAY), "2026-03-20"), encoding="utf-8")
    load(store, folder, LATER)
    for on, known in zip(days, before, strict=True):
        np.testing.assert_array_equal(features(store, on, at=LATER + timedelta(days=1)), known)


def test_what_is_known_now_counts_today(store: Store, folder: Path) -> None:
    load(store, folder)
    before = features(store, LATER.date())
    rewritten(folder, *CHANGES["another date of birth"])
    load(store, folder, LATER)
    assert (features(store, LATER.date()) != before).any()


def test_a_kind_of_records_that_comes_later_counts_by_its_dates(
    store: Store, folder: Path, tmp_path: Path
) -> None:
    """Nobody can say when a row was known before its first load. Otherwise no history could be used."""
    whole = shutil.copytree(folder, tmp_path / "whole")
    (folder / "intelligence.csv").unlink()
    load(store, folder)
    load(store, whole, LATER)
    expected = folder_records(whole, as_at=DAY, high=HIGH).day(date(2024, 2, 29)).x
    found = features(store, date(2024, 2, 29), at=datetime(2026, 6, 1, tzinfo=UTC))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
