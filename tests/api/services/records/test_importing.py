"""Folders of case records: imported once, exactly, whatever happens on the way."""

import json
import shutil
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from api.demonstration.force import write_force
from api.services.context import Context
from api.services.records import importing
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import COUNTS, FileRefused, FolderReport, import_folder, import_steps
from api.storage import Store, upgrade
from api.storage.records.kinds import KINDS
from rms.errors import Conflict, InvalidInput, NotFound
from rms.people.offices import MOST_LEVELS, MOST_OFFICES
from rms.records import areas
from rms.records.declaration import read_declaration
from rms.records.reading import place
from tests.api.contexts import START, context_for
from tests.api.rows import rows
from tests.api.services.records.conftest import DAY, PEOPLE

TABLES = ("person_records", *KINDS)


def content(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What is stored of each kind, without the keys, which the order of events decides."""
    found = {}
    for name in TABLES:
        columns = "source_id, digest" if name == "person_records" else "source_id, digest, record > 0"
        found[name] = sorted(rows(url, f"SELECT {columns} FROM {name}"))
    return found


def imported(store: Store, folder: Path, **at: Any) -> FolderReport:
    return import_folder(context_for(store, **at), FolderOnDisk(folder))


def problems(report: FolderReport) -> list[tuple[str, str]]:
    return [(place(problem), problem.code) for file in report.files for problem in file.problems]


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_same_folder_twice_changes_nothing(store: Store, url: str, force: Path) -> None:
    first = imported(store, force)
    before = content(url)
    assert (
        first.counts["added"] == sum(map(len, before.values())) + len(rows(url, "SELECT * FROM offices")) - 1
    )
    assert first.counts["changed"] == first.counts["refused"] == 0
    assert len(before["person_records"]) == PEOPLE

    second = imported(store, force, at=START + timedelta(days=1))
    assert second.counts == {"added": 0, "changed": 0, "refused": 0, "unchanged": first.counts["added"]}
    assert content(url) == before
    assert rows(url, "SELECT count(*) FROM record_versions") == [(0,)]


def test_a_file_cut_in_half_loads_nothing_of_the_half_row(store: Store, url: str, force: Path) -> None:
    path = force / "offences.csv"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    report = imported(store, force)
    lines = whole[: len(whole) // 2].count(b"\n")
    (problem,) = [one for one in problems(report) if one[0].startswith("offences.csv")]
    assert problem[0] == f"offences.csv, line {lines + 1}"
    assert len(content(url)["offences"]) == lines - 1  # the header is a line too

    path.write_bytes(whole)
    imported(store, force)
    assert len(content(url)["offences"]) == whole.count(b"\n") - 1


def test_an_import_that_is_killed_goes_on_exactly_once(url: str, tmp_path: Path) -> None:
    force = tmp_path / "larger"
    write_force(force, seed=7, people=3_000, day=DAY)  # several batches of offences
    other = f"sqlite:///{tmp_path / 'other.sqlite'}"
    upgrade(other)
    uninterrupted = Store(other)
    expected = imported(uninterrupted, force)
    uninterrupted.close()

    command = [sys.executable, "-m", "tests.api.services.records.importing_process", url, str(force)]
    for batches in (1, 3):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for _ in range(batches):
            process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        process.stdout.close()
        assert process.wait() == -signal.SIGKILL
    store = Store(url)
    report = imported(store, force)
    store.close()
    assert content(url) == content(other)
    assert report.counts["added"] + report.counts["unchanged"] == expected.counts["added"]


BAD = [
    ("offences.csv", "unknown area", "unknown_area", "area"),
    ("offences.csv", "before birth", "before_birth", "date"),
    ("plans.csv", "end before start", "end_before_start", "to"),
    ("people.csv", "two people with one id", "doubled_id", "person"),
    ("associations.csv", "with oneself", "with_oneself", "other"),
    ("offences.csv", "in the sea", "not_on_land", "latitude"),
]


def spoil(folder: Path, how: str) -> tuple[str, int]:
    """Change one cell of one row of a file; returns the file and the line."""
    name = next(file for file, what, *_ in BAD if what == how)
    path = folder / name
    lines = path.read_text(encoding="utf-8").splitlines()
    header = lines[0].split(",")
    at = {column: place for place, column in enumerate(header)}
    number = 2
    row = lines[1].split(",")
    if how == "unknown area":
        row[at["area"]] = "NOWHERE"
    elif how == "before birth":
        row[at["date"]] = "1901-01-01"
    elif how == "end before start":
        row[at["to"]] = (date.fromisoformat(row[at["from"]]) - timedelta(days=1)).isoformat()
    elif how == "two people with one id":
        number = 3
        row = lines[2].split(",")
        row[at["person"]] = lines[1].split(",")[at["person"]]
    elif how == "with oneself":
        row[at["other"]] = row[at["person"]]
    elif how == "in the sea":
        row[at["latitude"]], row[at["longitude"]] = "53.7", "-4.6"
    lines[number - 1] = ",".join(row)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name, number


@pytest.mark.parametrize(("name", "how", "code", "column"), BAD)
def test_a_bad_row_is_refused_with_file_line_and_column(
    sqlite_url: str, force: Path, name: str, how: str, code: str, column: str
) -> None:
    file, line = spoil(force, how)
    store = Store(sqlite_url)
    report = imported(store, force)
    store.close()
    assert file == name
    found = [(where, what) for where, what in problems(report) if where.startswith(name)]
    assert found == [(f"{name}, line {line}, {column}", code)]
    refused = {one.name: one.refused for one in report.files}
    assert refused[name] == 1


def test_problems_are_in_the_order_of_files_and_lines(
    store: Store, force: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they show when a line is read, compared with others or stored. The first are listed."""
    monkeypatch.setattr(areas, "AREAS_AT_ONCE", 2)
    lines = ["C1,Inner,ward,C2", "C2,Outer,ward,X9", "C3,Third,county,", "C4,Fourth,ward,X9", "C4,4,ward,"]
    write_areas(force, lines)
    people = "P1,Lee,X9\nP2,,C1\nP3,Moss,X9\nP3,Other,C1\nP4,Dunn,X9\n"
    (force / "people.csv").write_text(f"person,surname,home_area\n{people}")
    of_areas = ["2, parent", "3, parent", "4, kind", "5, parent", "6, area"]
    of_people = ["2, home_area", "3, surname", "4, home_area", "5, person", "6, home_area"]
    for most in (10, 3):
        monkeypatch.setattr(importing, "MOST_LISTED", most)
        assert [where for where, _ in problems(imported(store, force))] == [
            *(f"areas.csv, line {place}" for place in of_areas[:most]),
            *(f"people.csv, line {place}" for place in of_people[:most]),
        ]


def test_utf_16_is_refused_before_anything_of_the_file_is_taken(sqlite_url: str, force: Path) -> None:
    path = force / "people.csv"
    path.write_text(path.read_text(encoding="utf-8"), encoding="utf-16")
    store = Store(sqlite_url)
    with pytest.raises(FileRefused, match=r"people\.csv is UTF-16. Save it as UTF-8"):
        imported(store, force)
    store.close()
    assert content(sqlite_url)["person_records"] == []


def test_older_records_do_not_replace_newer_ones(sqlite_url: str, force: Path) -> None:
    store = Store(sqlite_url)
    imported(store, force)
    change(force / "import.toml", DAY.isoformat(), "2026-02-28")
    with pytest.raises(Conflict, match="newer records"):
        imported(store, force)
    store.close()


AREAS = "area,name,kind,parent\n"


def write_areas(folder: Path, lines: list[str]) -> None:
    for path in folder.glob("*.csv"):
        path.unlink()
    (folder / "areas.csv").write_text(AREAS + "".join(f"{line}\n" for line in lines), encoding="utf-8")


def test_areas_in_any_order_are_stored_in_short_transactions(
    store: Store, url: str, force: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Children first: the last line of a file of several batches is the area around all others."""
    monkeypatch.setattr(areas, "AREAS_AT_ONCE", 100)
    lines = [f"C{at}.{level},Area {at}.{level},ward,{f'C{at}.{level - 1}' if level else 'F'}"
             for level in reversed(range(10)) for at in range(50)]  # fmt: skip
    write_areas(force, [*lines, "F,Force,force,"])
    stored = []

    def note(name: str, line: int) -> None:
        stored.append((name, line, len(rows(url, "SELECT id FROM offices")) - 1))

    report = import_folder(context_for(store), FolderOnDisk(force), on_batch=note)
    assert (report.counts["added"], problems(report)) == (501, [])
    batches = [("areas.csv", at, at) for at in (100, 200, 300, 400, 500)]
    assert stored == [*batches, ("areas.csv", 502, 501)]
    again = imported(store, force)
    assert again.counts == {"added": 0, "changed": 0, "refused": 0, "unchanged": 501}


def test_an_import_of_areas_that_stops_goes_on(
    store: Store, url: str, force: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(areas, "AREAS_AT_ONCE", 2)
    write_areas(force, [f"C{at},Area {at},ward,{f'C{at - 1}' if at else ''}" for at in reversed(range(5))])
    steps = import_steps(context_for(store), FolderOnDisk(force))
    assert next(steps) == ("areas.csv", 2)
    steps.close()
    report = imported(store, force)
    assert (report.counts["added"], report.counts["unchanged"], problems(report)) == (5, 0, [])
    assert len(rows(url, "SELECT id FROM offices WHERE code IS NOT NULL")) == 5


def test_areas_that_are_too_deep_or_too_many_are_told_with_their_line(sqlite_url: str, force: Path) -> None:
    write_areas(
        force, [f"C{at},Area {at},ward,{f'C{at - 1}' if at else ''}" for at in range(MOST_LEVELS + 1)]
    )
    store = Store(sqlite_url)
    report = imported(store, force)
    assert problems(report) == [(f"areas.csv, line {MOST_LEVELS + 2}, parent", "too_deep")]
    assert f"more than {MOST_LEVELS} levels" in report.files[0].problems[0].detail
    write_areas(force, ["x"] * (MOST_OFFICES + 1))
    with pytest.raises(InvalidInput) as refused:
        imported(store, force)
    store.close()
    assert [problem.code for problem in refused.value.problems] == ["too_many_lines"]


def test_a_large_file_is_hashed_in_steps_while_others_write(
    store: Store, url: str, force: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "HASHED_AT_ONCE", 64)
    write_areas(force, [f"C{at},Area {at},ward," for at in range(10)])
    size = (force / "areas.csv").stat().st_size
    steps = import_steps(context_for(store), FolderOnDisk(force))
    other = Store(url)
    for _ in range(size // 64):
        assert next(steps) == ("areas.csv", 0)
        with other.transaction() as tx:
            tx.records.source("another", as_at=DAY, at=START)
    other.close()
    assert list(steps) == [("areas.csv", 11)]


LATE = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zone", "is_taken"),
    [
        ("2026-06-30", "UTC", True),
        ("2026-07-01", "UTC", False),
        ("2026-07-01", "Europe/London", True),
        ("2026-07-02", "Europe/London", False),
        ("2962-11-30", "Europe/London", False),
    ],
)
def test_the_last_day_of_the_data_is_not_after_today_where_the_agency_is(
    sqlite_url: str, force: Path, day: str, zone: str, is_taken: bool
) -> None:
    write_areas(force, ["F,Force,force,"])
    change(force / "import.toml", DAY.isoformat(), day)
    store = Store(sqlite_url)
    context = Context(store, LATE, "test", zone=ZoneInfo(zone))
    if is_taken:
        assert import_folder(context, FolderOnDisk(force)).counts["added"] == 1
    else:
        with pytest.raises(InvalidInput) as refused:
            import_folder(context, FolderOnDisk(force))
        (problem,) = refused.value.problems
        assert (place(problem), problem.code) == ("import.toml, as_at", "after_today")
    store.close()
    assert len(rows(sqlite_url, "SELECT * FROM sources")) == is_taken


def test_a_day_to_come_of_an_earlier_import_does_not_bar_a_source_for_ever(store: Store, force: Path) -> None:
    with store.transaction() as tx:
        tx.records.source("fictional crime records", as_at=date(2962, 11, 30), at=START)
    name = read_declaration((force / "import.toml").read_text(encoding="utf-8")).source
    change(force / "import.toml", name, "fictional crime records")
    imported(store, force)
    with store.reading() as tx:
        assert [source.as_at for source in tx.records.sources()] == [DAY]


def test_a_folder_without_its_declaration_or_that_is_not_there(sqlite_url: str, force: Path) -> None:
    store = Store(sqlite_url)
    (force / "import.toml").unlink()
    with pytest.raises(InvalidInput, match=r"import\.toml"):
        imported(store, force)
    shutil.rmtree(force)
    with pytest.raises(NotFound):
        imported(store, force)
    store.close()


def test_the_import_is_on_record_without_names(store: Store, url: str, force: Path) -> None:
    imported(store, force)
    ((detail,),) = rows(url, "SELECT detail FROM audit WHERE action = 'records.imported'")
    assert set(detail if isinstance(detail, dict) else json.loads(detail)) == set(COUNTS)
