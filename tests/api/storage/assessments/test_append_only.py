"""Judgements, notes, overrides and decisions cannot be changed, even directly in the database."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from api.storage import Store, database
from tests.api.storage.examples import AT, assessment, result


@pytest.fixture
def intruder(url: str) -> Iterator[Connection]:
    engine = database.migrating_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


@pytest.fixture
def recorded(store: Store) -> None:
    """A row in each of the tables."""
    with store.transaction() as tx:
        ada = tx.accounts.add_user("ada", password_hash="", role="supervisor", by="test", at=AT)
        who = {"author": ada.id, "by": "ada", "at": AT}
        tx.submissions.add(assessment(), result(assessment()), by="ada", at=AT)
        made = tx.overrides.add(
            "10000", process="violence", direction="lower", reason_code="other", text="", **who
        )
        tx.overrides.decide(made, "agreed", text="", decider=ada.id, by="ada", at=AT)
        tx.notes.add("10000", "A note.", **who)


@pytest.mark.parametrize("table", ["overrides", "override_decisions", "notes"])
def test_rows_cannot_be_changed_or_deleted(recorded: None, intruder: Connection, table: str) -> None:
    for statement in (f"UPDATE {table} SET text = ''", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match=r"never (altered|deleted)"):
            intruder.exec_driver_sql(statement)
        intruder.rollback()
