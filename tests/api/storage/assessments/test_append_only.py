"""What professionals said of an assessment stays as they said it, whoever has the database."""

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
def said(store: Store) -> None:
    """A row in every one of the tables."""
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
def test_never_altered_nor_deleted(said: None, intruder: Connection, table: str) -> None:
    for statement in (f"UPDATE {table} SET text = ''", f"DELETE FROM {table}"):
        with pytest.raises(IntegrityError, match=r"never (altered|deleted)"):
            intruder.exec_driver_sql(statement)
        intruder.rollback()
