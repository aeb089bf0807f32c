"""`rms audit`: verify the audit log, also against a head kept elsewhere."""

import hashlib
from pathlib import Path

import pytest

from api.services.transfer.jobs import mark_of
from api.storage import Store
from api.storage.database import migrating_engine
from tests.api.commands.command_line import quick_rms
from tests.api.storage.examples import AT


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    return {"RMS_DATA": str(tmp_path / "data")}


@pytest.fixture
def database(env: dict[str, str]) -> str:
    """The address of a database with three audit entries."""
    url = quick_rms("db", "upgrade", env=env).stdout.strip()
    store = Store(url)
    for place in range(3):
        with store.transaction() as tx:
            tx.audit.append(
                "report.read", actor="ada", at=AT, object_kind="assessment", object_key=str(place)
            )
    store.close()
    return url


def change_directly(url: str, statement: str) -> None:
    engine = migrating_engine(url)
    with engine.begin() as connection:
        for trigger in ("audit_never_altered", "audit_never_deleted"):
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        connection.exec_driver_sql(statement)
    engine.dispose()


def test_a_complete_audit_log(tmp_path: Path, env: dict[str, str], database: str) -> None:
    head = quick_rms("audit", "head", env=env)
    assert head.returncode == 0 and head.stdout.startswith("3 ")
    (tmp_path / "head").write_text(head.stdout, encoding="utf-8")
    for options in ((), ("--head", tmp_path / "head")):
        done = quick_rms("audit", "verify", *options, env=env)
        assert (done.returncode, done.stdout, done.stderr) == (0, "3 entries, all intact.\n", "")


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit SET actor = 'eve' WHERE sequence = 2", "Entry 2"),
        ("DELETE FROM audit WHERE sequence = 2", "Entry 2"),
        ("DELETE FROM audit WHERE sequence = 3", "entry 2"),
    ],
)
def test_a_damaged_audit_log(
    tmp_path: Path, env: dict[str, str], database: str, statement: str, problem: str
) -> None:
    (tmp_path / "head").write_text(quick_rms("audit", "head", env=env).stdout, encoding="utf-8")
    change_directly(database, statement)
    done = quick_rms("audit", "verify", "--head", tmp_path / "head", env=env)
    assert (done.returncode, done.stdout) == (4, "")
    assert problem in done.stderr


@pytest.mark.parametrize("place", [0, 2, 40, 65])
def test_a_head_with_one_changed_byte(tmp_path: Path, env: dict[str, str], database: str, place: int) -> None:
    noted = quick_rms("audit", "head", env=env).stdout.strip()
    other = noted[:place] + ("1" if noted[place] != "1" else "2") + noted[place + 1 :]
    (tmp_path / "head").write_text(other, encoding="utf-8")
    done = quick_rms("audit", "verify", "--head", tmp_path / "head", env=env)
    assert done.returncode == 4


def test_a_file_without_a_head(tmp_path: Path, env: dict[str, str], database: str) -> None:
    (tmp_path / "head").write_text("nothing", encoding="utf-8")
    done = quick_rms("audit", "verify", "--head", tmp_path / "head", env=env)
    assert done.returncode == 3 and "rms audit head" in done.stderr


def test_no_password_is_printed() -> None:
    address = "postgresql://rms:hunter2@127.0.0.1:1/rms"
    done = quick_rms("db", "upgrade", env={"RMS_DATABASE": address})
    assert done.returncode == 5
    assert "hunter2" not in done.stdout + done.stderr


def test_the_mark_of_a_file(tmp_path: Path, env: dict[str, str]) -> None:
    env = {**env, "RMS_SECRET_KEY": "not secret, for these are only tests", "RMS_LIBRARY": str(tmp_path)}
    (tmp_path / "file.csv").write_text("offender_number\r\n48112\r\n")
    sha256 = hashlib.sha256(b"offender_number\r\n48112\r\n").hexdigest()
    printed = quick_rms("audit", "mark", tmp_path / "file.csv", env=env).stdout.strip()
    assert printed == mark_of(sha256, secret=env["RMS_SECRET_KEY"])
    assert printed != mark_of(sha256, secret=f"{env['RMS_SECRET_KEY']}!") and printed != sha256
