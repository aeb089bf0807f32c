"""Jobs of earlier versions lose the plain hashes of their files, which outlived erasures."""

import pytest

from api.storage import Group, State, Store, upgrade
from api.storage.migrations import downgrade
from tests.api.rows import rows
from tests.api.storage.examples import add_user, job

SHA256 = "5" * 64
REQUEST = {"media_type": "text/csv", "longest_line": 1, "sha256": SHA256}
OUTCOME = {"rows": 3, "sha256": SHA256}


@pytest.mark.parametrize("state", [State.DONE, State.RUNNING])
def test_an_upgrade_deletes_plain_hashes_and_the_reports_of_ended_imports(
    url: str, store: Store, state: State
) -> None:
    owner = add_user(store, "ada").id
    with store.transaction() as tx:
        stored = job("j1", kind="import", owner=owner, request=REQUEST, outcome=OUTCOME, state=state)
        tx.jobs.add(stored, by="ada", detail={})
        tx.bulk.keep("j1", Group(1), "a report\n")
    store.close()
    downgrade(url, "0019")
    upgrade(url)
    again = Store(url)
    with again.reading() as tx:
        upgraded = tx.jobs.get("j1")
    again.close()
    assert upgraded is not None
    assert upgraded.request == {"media_type": "text/csv", "longest_line": 1}
    assert upgraded.outcome == {"rows": 3}
    assert len(rows(url, "SELECT * FROM import_groups")) == (state is State.RUNNING)
