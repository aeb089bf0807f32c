"""`rms retention` erases people whose last assessment is too old, if two administrators approve."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from api.storage import Job, Store
from tests.api.commands.command_line import Done, quick_rms
from tests.api.rows import rows
from tests.api.storage.examples import assessment, result, what_if

BOTH = ("--approved-by", "ada", "--approved-by", "ben")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str:
    """Four people assessed 30 months ago: one on hold, one with a new what-if. One assessed today."""
    found: str = request.getfixturevalue(f"{request.param}_database").url
    store, now = Store(found), datetime.now(UTC)
    with store.transaction() as tx:
        ada, *_ = (
            tx.accounts.add_user(name, password_hash="x", role=role, by="test", at=now)
            for name, role in (
                *(("ada", "administrator"), ("ben", "administrator")),
                *(("chief", "supervisor"),),
            )
        )
        for number in ("OLD1", "OLD2", "HELD", "AGAIN", "NEW"):
            at = now if number == "NEW" else now - timedelta(days=913)
            tx.submissions.add(assessment(number), result(assessment(number)), by="ada", at=at)
        tx.holds.place(tx.people.key("HELD") or 0, "x", account=ada.id, by="ada", at=now)
        thought = what_if("AGAIN", baseline="AGAIN")
        tx.submissions.add(thought, result(thought), by="ada", at=now, changes=())
    store.close()
    return found


def retention(database: str, *options: str, months: str | None = "24") -> Done:
    kept = {} if months is None else {"RMS_RETENTION_MONTHS": months}
    return quick_rms("retention", *options, env={"RMS_DATABASE": database, **kept})


def numbers(database: str) -> list[str]:
    return [row[0] for row in rows(database, "SELECT offender_number FROM people ORDER BY 1")]


def test_counted_then_erased(database: str) -> None:
    counted = retention(database, "--dry-run")
    assert counted.returncode == 0
    assert re.findall(r"\d+", counted.stdout)[-2:] == ["2", "1"]  # to erase, on legal hold
    assert numbers(database) == ["AGAIN", "HELD", "NEW", "OLD1", "OLD2"]
    done = retention(database, *BOTH)
    assert (done.returncode, done.stdout.splitlines()[-1], done.stderr) == (0, "2 erased.", "")
    assert not [name for name in ("OLD", "HELD", "AGAIN") if name in done.stdout]
    assert numbers(database) == ["AGAIN", "HELD", "NEW"]
    store = Store(database)
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []
        entries = [one for one in tx.audit.entries() if one.action == "person.erased"]
    store.close()
    assert [(one.actor, one.detail["requested_by"], one.detail["reason"]) for one in entries] == [
        ("ben", "ada", "retention"),
        ("ben", "ada", "retention"),
    ]
    assert retention(database, *BOTH).stdout.splitlines()[-1] == "0 erased."


def test_files_of_exports_by_number_go_too(database: str, tmp_path: Path) -> None:
    store, folder = Store(database), tmp_path / "data" / "jobs"
    folder.mkdir(parents=True)
    with store.transaction() as tx:
        ada = tx.accounts.user("ada")
        assert ada is not None
        for id, number in (("j1", "OLD1"), ("j2", "NEW")):
            criteria = {"criteria": {"offender_number": number}}
            now = datetime.now(UTC)
            job = Job(id, "export", owner=ada.id, role="x", office=1, created_at=now, request=criteria)
            tx.jobs.add(job, by="ada", detail={})
            (folder / f"{id}.a.result").write_text(number)
    store.close()
    done = quick_rms(
        *("retention", *BOTH),
        env={"RMS_DATABASE": database, "RMS_DATA": str(folder.parent), "RMS_RETENTION_MONTHS": "24"},
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 erased.")
    assert [path.name for path in folder.iterdir()] == ["j2.a.result"]


@pytest.mark.parametrize("names", [(), ("ada",), ("ada", "ada"), ("ada", "chief"), ("ada", "eve")])
def test_two_administrators_must_approve(database: str, names: tuple[str, ...]) -> None:
    options = [word for name in names for word in ("--approved-by", name)]
    refused = retention(database, *options)
    assert refused.returncode == 3 and "two different administrators" in refused.stderr
    assert len(numbers(database)) == 5


@pytest.mark.parametrize("months", [None, "0", "1201", "two"])
def test_without_the_setting_nothing_expires(database: str, months: str | None) -> None:
    refused = retention(database, *BOTH, months=months)
    assert refused.returncode == 6 and "RMS_RETENTION_MONTHS" in refused.stderr
    assert len(numbers(database)) == 5
