"""Looking up people by the beginning of a number: whom a viewer finds, and how little the database reads."""

import pytest

from api.storage import AGENCY, Reach, Store, Viewer
from tests.api.rows import change
from tests.api.storage.examples import AT
from tests.api.storage.plans import explained

# 20,000 people, P00000 to P19999: a tenth in the office North, and 50 on the caseload of the worker.
NUMBERS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 19999)",
    "postgresql": "WITH n AS (SELECT generate_series(0, 19999) AS i)",
}
NUMBER = {"sqlite": "printf('P%05d', i)", "postgresql": "'P' || lpad(i::text, 5, '0')"}
MOST = 21


def viewer(reach: Reach, *, office: int = AGENCY, account: int = 1) -> Viewer:
    return Viewer(account, "somebody", reach, office, AT)


@pytest.fixture
def north(store: Store, url: str) -> int:
    """The key of the office North, in a database with 20,000 people."""
    kind = url.partition(":")[0]
    with store.transaction() as tx:
        account = tx.accounts.add_user("worker", password_hash="x", role="case_worker", by="test", at=AT).id
        assert account == 1
        north = tx.offices.add("North", parent=AGENCY, by="test", at=AT).id
    added = "INSERT INTO people (offender_number, office, next_sequence, pseudonym)"
    office = f"CASE WHEN mod(i, 10) = 0 THEN {north} ELSE {AGENCY} END"
    if kind == "sqlite":
        change(url, f"{NUMBERS[kind]} {added} SELECT {NUMBER[kind]}, {office}, 0, i FROM n")
    else:
        change(url, f"{added} {NUMBERS[kind]} SELECT {NUMBER[kind]}, {office}, 0, i FROM n")
    change(
        url,
        "INSERT INTO caseload (user_id, person, since) SELECT 1, id, '2025-03-04 05:06:07' FROM people "
        "WHERE mod(pseudonym, 400) = 0",
    )
    if kind == "postgresql":
        change(url, "ANALYZE people")
        change(url, "ANALYZE caseload")
    return north


def test_each_viewer_finds_those_they_may_see_in_order(store: Store, north: int) -> None:
    every = [f"P{number:05d}" for number in range(20_000)]
    sees = {
        viewer(Reach.OFFICES): every,
        viewer(Reach.OFFICES, office=north): every[::10],
        viewer(Reach.CASELOAD): every[::400],
        viewer(Reach.CASELOAD, account=2): [],
        viewer(Reach.NONE): [],
        viewer(Reach.OWN): [],  # who has submitted nothing
    }
    for who, visible in sees.items():
        with store.within(who).reading() as tx:
            for beginning in ("P", "P0", "P004", "P00400", "P0040", "P1999", "P004000", "Q", "O"):
                expected = [number for number in visible if number.startswith(beginning)][:MOST]
                found = tx.caseload.beginning_with(beginning, most=MOST)
                assert [one.number for one in found] == expected, (who, beginning)
    with store.reading() as tx:
        assert [one.number for one in tx.people.beginning_with("P1999", most=3)] == every[19_990:19_993]


# What each viewer's look-up reads in SQLite: all people by number, those of an office by number, a caseload.
READS = {
    viewer(Reach.OFFICES): "(offender_number>? AND",
    viewer(Reach.OFFICES, office=2): "ix_people_office_offender_number (office=? AND offender_number>? AND",
    viewer(Reach.CASELOAD): "USING INTEGER PRIMARY KEY (rowid=?)",
}


@pytest.mark.parametrize("beginning", ["P", "P19", "P19990"])
def test_no_look_up_reads_all_people(store: Store, url: str, north: int, beginning: str) -> None:
    assert north == 2
    for who, part in READS.items():
        with store.within(who).reading() as tx, explained() as plans:
            tx.caseload.beginning_with(beginning, most=MOST)
        (plan,) = plans
        assert "SCAN people" not in plan and "Seq Scan on people" not in plan, (who, plan)
        assert part in plan or url.startswith("postgresql"), (who, plan)
    with store.reading() as tx, explained() as plans:
        tx.people.beginning_with(beginning, most=MOST)
    assert "SCAN" not in plans[0] and "Seq Scan" not in plans[0], plans
