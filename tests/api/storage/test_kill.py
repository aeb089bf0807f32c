"""kill -9 in the middle of writing: nothing acknowledged is lost, nothing is there by half."""

import random
import signal
import subprocess
import sys

import pytest

from api.storage import Store, database
from tests.api.rows import rows

ROUNDS = 4


def acknowledged_until_killed(url: str, after: int) -> list[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.api.storage.submitting_process", url], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ids = [process.stdout.readline() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    ids += process.stdout.readlines()
    process.stdout.close()
    assert process.wait() == -signal.SIGKILL
    return [id.strip() for id in ids if id.endswith("\n")]


def test_killed_in_the_middle(url: str) -> None:
    dice = random.Random(20250304)
    acknowledged: list[str] = []
    for _ in range(ROUNDS):
        acknowledged += acknowledged_until_killed(url, dice.randrange(1, 150))
        assert_whole(url, acknowledged)
    assert len(acknowledged) == len(set(acknowledged)) > ROUNDS


def assert_whole(url: str, acknowledged: list[str]) -> None:
    if not database.is_postgresql(url):
        assert rows(url, "PRAGMA integrity_check") == [("ok",)]
        assert rows(url, "PRAGMA foreign_key_check") == []
    stored = {id for (id,) in rows(url, "SELECT id FROM assessments")}
    assert set(acknowledged) <= stored
    parts = (
        "SELECT count(*) FROM simulations WHERE assessment = pk",
        ("SELECT count(*) FROM audit WHERE object_kind = 'assessment' AND object_key = CAST(pk AS TEXT)"),
    )
    assert set(rows(url, f"SELECT ({parts[0]}), ({parts[1]}) FROM assessments")) == {(2, 1)}
    assert rows(url, "SELECT count(*) FROM audit") == [(len(stored),)]
    store = Store(url)
    with store.reading() as tx:
        assert list(tx.audit.problems()) == []
        for number in range(5):
            history = tx.submissions.history(f"P{number}")
            assert [listed.sequence for listed in history] == list(range(len(history) - 1, -1, -1))
            assert [listed.latest for listed in history[:2]] == [True, False][: len(history)]
    store.close()


@pytest.mark.soak
def test_killed_over_and_over(url: str) -> None:
    dice = random.Random(1)
    acknowledged: list[str] = []
    for _ in range(200):
        acknowledged += acknowledged_until_killed(url, dice.randrange(1, 300))
    assert_whole(url, acknowledged)
