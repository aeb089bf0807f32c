"""Rows of source systems are stored once, changed rows keep what was known before."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from api.storage import Store
from api.storage.records import areas
from api.storage.records.areas import AreaRow
from api.storage.records.loading import Loaded, PersonRow, Row
from api.storage.records.records import FileImport
from rms.people.offices import MOST_LEVELS
from tests.api.rows import at_each
from tests.api.storage.records.examples import AT, DAY, WARD, load, offence, person

LATER = AT + timedelta(days=30)


@pytest.fixture
def statements() -> Iterator[list[str]]:
    """Each statement that is executed."""
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        found.append(statement)

    with at_each("before_cursor_execute", note):
        yield found


def figures(loaded: Loaded) -> tuple[int, int, int, list[tuple[int, str, str]]]:
    refused = [(one.line, one.column, one.code) for one in loaded.refused]
    return loaded.added, loaded.changed, loaded.unchanged, refused


def key_of(store: Store, number: str) -> int:
    with store.reading() as tx:
        key = tx.people.key(number)
    assert key is not None
    return key


def test_the_same_rows_again_change_nothing(store: Store) -> None:
    load(store, "areas", [WARD])
    people = [person("P1", home_area="W1", surname="Okoro", nationality="British"), person("P2", line=3)]
    offences = [offence("O1", "P1", area="W1"), offence("O2", "P2", line=3)]

    assert figures(load(store, "people", people)) == (2, 0, 0, [])
    assert figures(load(store, "offences", offences)) == (2, 0, 0, [])
    assert figures(load(store, "people", people, at=LATER)) == (0, 0, 2, [])
    assert figures(load(store, "offences", offences, at=LATER)) == (0, 0, 2, [])
    assert figures(load(store, "areas", [WARD], at=LATER)) == (0, 0, 1, [])


def test_a_changed_row_keeps_what_was_known_before(store: Store) -> None:
    load(store, "people", [person("P1", offender_number="A1", surname="Okoro", nationality="British")])
    load(store, "offences", [offence("O1", "P1", code="02801")])
    changed = [person("P1", offender_number="A1", surname="Okoro-Lee")]

    assert figures(load(store, "people", changed, at=LATER)) == (0, 1, 0, [])
    assert figures(load(store, "offences", [offence("O1", "P1", code="03401")], at=LATER)) == (0, 1, 0, [])

    key = key_of(store, "A1")
    with store.reading() as tx:
        before = {one.kind: one.values for one in tx.records.as_known(key, at=LATER - timedelta(days=1))}
        now = {one.kind: one.values for one in tx.records.as_known(key, at=LATER)}
        assert not list(tx.records.as_known(key, at=AT - timedelta(days=1)))
        assert tx.records.nationalities(key) == ()
    assert (before["person_records"]["surname"], before["offences"]["code"]) == ("Okoro", "02801")
    assert (now["person_records"]["surname"], now["offences"]["code"]) == ("Okoro-Lee", "03401")


def test_a_row_that_names_something_unknown_is_refused_and_the_others_are_stored(store: Store) -> None:
    load(store, "areas", [WARD])
    people = [person("P1"), person("P2", line=3, home_area="W9")]
    offences = [
        offence("O1", "P1"),
        offence("O2", "P2", line=3),
        offence("O3", "P1", line=4, area="W9"),
        offence("O4", "P1", line=5, area="W1"),
    ]

    assert figures(load(store, "people", people)) == (1, 0, 0, [(3, "home_area", "unknown_area")])
    assert figures(load(store, "offences", offences)) == (
        2,
        0,
        0,
        [(3, "person", "unknown_person"), (4, "area", "unknown_area")],
    )


def test_an_association_names_two_people(store: Store) -> None:
    load(store, "people", [person("P1"), person("P2", line=3)])
    rows = [
        Row(2, "S1", "P1", ("P2", "co_offending", 3, DAY, None)),
        Row(3, "S2", "P1", ("P9", "family", None, DAY, None)),
    ]
    refused = [(3, "other", "unknown_person")]
    assert figures(load(store, "associations", rows)) == (1, 0, 0, refused)


def test_an_offender_number_is_of_one_person(store: Store) -> None:
    """Of two sources it joins the records; of one source it can only be a mistake."""
    load(store, "people", [person("P1", offender_number="A1")])
    assert figures(load(store, "people", [person("X1", offender_number="A1")], source="custody")) == (
        1,
        0,
        0,
        [],
    )
    assert figures(load(store, "people", [person("P2", offender_number="A1")])) == (
        0,
        0,
        0,
        [(2, "offender_number", "number_of_another")],
    )
    twice = [person("P3", offender_number="A3"), person("P4", line=3, offender_number="A3")]
    assert [one.line for one in load(store, "people", twice).refused] == [2, 3]
    with store.reading() as tx:
        assert len(tx.records.of_person(key_of(store, "A1"))["person_records"]) == 2


def test_a_person_belongs_to_the_office_of_their_home_area(store: Store) -> None:
    load(store, "areas", [WARD])
    load(store, "people", [person("P1", offender_number="A1", home_area="W1")])
    with store.reading() as tx:
        ward = tx.offices.named("Castle ward")
        assert ward is not None
        assert tx.caseload.office_of(key_of(store, "A1")) == ward.id


@pytest.mark.parametrize(
    ("rows", "refused"),
    [
        ([AreaRow(3, "F", "Force", "force", None), replace(WARD, parent="F")], []),
        (
            [replace(WARD, parent="F"), AreaRow(3, "F", "Force", "force", None)],
            [(2, "parent", "unknown_area")],
        ),
        ([replace(WARD, parent="X")], [(2, "parent", "unknown_area")]),
        ([replace(WARD, parent="W1")], [(2, "parent", "unknown_area")]),
        ([WARD, AreaRow(3, "W2", "Castle ward", "ward", None)], [(3, "name", "name_taken")]),
    ],
)
def test_areas_come_after_those_around_them(
    store: Store, rows: list[AreaRow], refused: list[tuple[int, str, str]]
) -> None:
    assert figures(load(store, "areas", rows))[3] == refused


def test_an_area_is_not_moved_below_itself(store: Store) -> None:
    load(store, "areas", [WARD, AreaRow(3, "W2", "Street", "street", "W1")])
    assert figures(load(store, "areas", [replace(WARD, parent="W2")]))[3] == [(2, "parent", "area_in_itself")]


def chain(levels: int, *, name: str = "L") -> list[AreaRow]:
    """Areas, each in the one before it; the first is `levels` levels above the last."""
    return [
        AreaRow(at + 2, f"{name}{at}", f"{name} {at}", "ward", f"{name}{at - 1}" if at else None)
        for at in range(levels)
    ]


def test_areas_are_not_deeper_than_the_bound(store: Store) -> None:
    deep = load(store, "areas", chain(MOST_LEVELS + 2))
    assert figures(deep) == (
        *(MOST_LEVELS, 0, 0),
        [(MOST_LEVELS + 2, "parent", "too_deep"), (MOST_LEVELS + 3, "parent", "unknown_area")],
    )
    load(store, "areas", chain(2, name="M"))
    deepest = AreaRow(2, "M0", "M 0", "ward", f"L{MOST_LEVELS - 2}")
    assert figures(load(store, "areas", [deepest]))[3] == [(2, "parent", "too_deep")]
    assert load(store, "areas", [replace(deepest, parent=f"L{MOST_LEVELS - 3}")]).changed == 1


def test_the_number_of_areas_and_offices_has_a_bound(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(areas, "MOST_OFFICES", 4)
    assert figures(load(store, "areas", chain(4)))[3] == [(5, "area", "too_many_areas")]
    renamed = replace(chain(4)[2], name="Another name")
    assert load(store, "areas", [renamed]).changed == 1


def test_areas_take_time_in_proportion_to_their_number(store: Store, statements: list[str]) -> None:
    """All offices are read once, and each area is written by one statement."""
    rows = [replace(row, line=at) for at, name in enumerate("ABCDEFGHIJ") for row in chain(20, name=name)]
    assert load(store, "areas", rows).added == 200
    assert Counter(about_offices(statements)) == {"SELECT": 1, "INSERT": 200}
    del statements[:]
    flatter = [replace(row, parent="A0") for row in rows if row.code[0] == "A" and row.code != "A0"]
    assert figures(load(store, "areas", flatter)) == (0, 18, 1, [])
    assert Counter(about_offices(statements)) == {"SELECT": 1, "UPDATE": 18}


def about_offices(statements: list[str]) -> Iterator[str]:
    for one in statements:
        if re.search(r"(FROM|INTO|UPDATE) offices\b", one):
            yield one.split()[0]


def test_an_unfinished_import_of_a_file_goes_on_where_it_stopped(store: Store) -> None:
    file = {"kind": "offences", "sha256": "ab" * 32, "as_at": DAY}
    with store.transaction() as tx:
        source = tx.records.source("crime records", as_at=DAY, at=AT)
        begun = tx.records.begin_file(source, at=AT, **file)  # type: ignore[arg-type]
        tx.records.keep_progress(replace(begun, line=500, added=499, refused=1))
    with store.transaction() as tx:
        again = tx.records.begin_file(source, at=LATER, **file)  # type: ignore[arg-type]
        assert again == FileImport(begun.id, 500, 499, 0, 0, 1)
        tx.records.keep_progress(replace(again, ended_at=LATER))
    with store.transaction() as tx:
        assert tx.records.begin_file(source, at=LATER, **file).line == 0  # type: ignore[arg-type]


def test_the_office_follows_the_home_area_unless_somebody_chose_another(store: Store) -> None:
    load(store, "areas", [WARD, AreaRow(3, "W2", "Mill ward", "ward", None)])
    people = [
        person(id, line=line, offender_number=id, home_area="W1") for line, id in enumerate(("A1", "A2"), 2)
    ]
    load(store, "people", people)
    with store.transaction() as tx:
        chosen = tx.offices.add("Probation North", parent=1, by="test", at=AT)
        tx.belonging.move(tx.people.key("A2") or 0, office=chosen.id, by="test", at=AT)
    moved = [replace_home(one, "W2") for one in people]
    load(store, "people", moved, at=LATER)
    with store.reading() as tx:
        mill = tx.offices.named("Mill ward")
        assert mill is not None
        offices = [tx.caseload.office_of(tx.people.key(number) or 0) for number in ("A1", "A2")]
    assert offices == [mill.id, chosen.id]


def replace_home(one: PersonRow, area: str) -> PersonRow:
    return one._replace(details={**one.details, "home_area": area})
