"""`rms assess` and `rms db upgrade`: the same work as over HTTP, from a file."""

import json
from pathlib import Path
from typing import Any

import pytest

from api.storage import Store
from tests.api.commands.command_line import quick_rms, rms


@pytest.fixture
def env(tmp_path: Path, library_folder: Path) -> dict[str, str]:
    return {"RMS_DATA": str(tmp_path / "data"), "RMS_LIBRARY": str(library_folder)}


@pytest.fixture
def database(env: dict[str, str]) -> str:
    done = quick_rms("db", "upgrade", env=env)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_upgrading_twice_changes_nothing(env: dict[str, str], database: str) -> None:
    assert database == f"sqlite:///{env['RMS_DATA']}/rms.sqlite"
    file = Path(database.removeprefix("sqlite:///"))
    before = file.read_bytes()
    again = quick_rms("db", "upgrade", env=env)
    assert (again.returncode, again.stdout.strip()) == (0, database)
    assert file.read_bytes() == before


def test_an_assessment_from_a_file(
    tmp_path: Path, env: dict[str, str], database: str, valid_body: dict[str, Any]
) -> None:
    file = tmp_path / "assessment.json"
    file.write_text(json.dumps(valid_body), encoding="utf-8")
    for expected in ("10000", "10000-01"):
        done = rms("assess", file, env=env)
        assert (done.returncode, done.stderr) == (0, "")
        answer = json.loads(done.stdout)
        assert answer["id"] == expected
        for simulation in answer["simulations"]:
            shown = simulation["comparables"]
            assert sum(c["weight"] * c["actual"] for c in shown) == pytest.approx(
                simulation["score"], abs=1e-12
            )
            assert sum(round(c["percent"] * 100) for c in shown) == 10_000
    store = Store(database)
    with store.reading() as tx:
        assert [listed.sequence for listed in tx.submissions.history("10000")] == [1, 0]
    store.close()


@pytest.mark.parametrize(
    ("change", "pointers"),
    [
        ({"sex": "?"}, ["sex"]),
        ({"answers": {"drug": 9}, "unknown": {}}, None),
        ({"date_of_birth": "2999-01-01"}, ["date_of_birth", "release_date"]),
        ({"date_of_birth": "tomorrow", "surprise": 1}, ["date_of_birth", "surprise"]),
    ],
)
def test_an_assessment_with_wrong_fields(
    tmp_path: Path,
    env: dict[str, str],
    database: str,
    valid_body: dict[str, Any],
    change: dict[str, Any],
    pointers: list[str] | None,
) -> None:
    file = tmp_path / "assessment.json"
    file.write_text(json.dumps({**valid_body, **change}), encoding="utf-8")
    done = quick_rms("assess", file, env=env)
    assert (done.returncode, done.stdout) == (3, "")
    named = [line.split(": ")[1] for line in done.stderr.splitlines()]
    assert sorted(named) == pointers if pointers else "answers, drug" in named and len(named) > 10
    store = Store(database)
    with store.reading() as tx:
        assert tx.submissions.history("10000") == ()
    store.close()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'"text"', b"\xff", b'{"a": 1, "a": 2}', b"[" * 100_000]
)
def test_a_file_without_an_assessment(
    tmp_path: Path, env: dict[str, str], database: str, content: bytes
) -> None:
    (tmp_path / "broken.json").write_bytes(content)
    done = quick_rms("assess", tmp_path / "broken.json", env=env)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("rms: ") and "Traceback" not in done.stderr


def test_no_database_yet(tmp_path: Path, env: dict[str, str], valid_body: dict[str, Any]) -> None:
    file = tmp_path / "assessment.json"
    file.write_text(json.dumps(valid_body), encoding="utf-8")
    done = quick_rms("assess", file, env=env)
    assert done.returncode == 5 and "Traceback" not in done.stderr
    assert "database" in done.stderr
    assert not (Path(env["RMS_DATA"]) / "rms.sqlite").exists()


def test_no_library(tmp_path: Path, env: dict[str, str], database: str, valid_body: dict[str, Any]) -> None:
    file = tmp_path / "assessment.json"
    file.write_text(json.dumps(valid_body), encoding="utf-8")
    done = quick_rms("assess", file, env={**env, "RMS_LIBRARY": str(tmp_path / "none")})
    assert done.returncode == 4 and "no library" in done.stderr


def test_a_file_that_is_not_a_database(tmp_path: Path, env: dict[str, str]) -> None:
    Path(env["RMS_DATA"]).mkdir()
    (Path(env["RMS_DATA"]) / "rms.sqlite").write_bytes(b"no database " * 1000)
    done = quick_rms("db", "upgrade", env=env)
    assert done.returncode == 5 and done.stderr.startswith("rms: ") and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "env_", [{}, {"RMS_SECRET_KEY": "short"}, {"RMS_SECRET_KEY": "x" * 40, "RMS_MAX_BODY": "many"}]
)
def test_serving_needs_its_settings(tmp_path: Path, env_: dict[str, str]) -> None:
    done = quick_rms("serve", env={"RMS_DATA": str(tmp_path), **env_})
    assert done.returncode == 6 and done.stderr.startswith("rms: RMS_")
