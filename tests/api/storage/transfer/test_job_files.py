"""The files that a killed process left of a job, with the folder of an unfinished spreadsheet."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.storage import Job, JobFiles

AT = datetime(2026, 3, 9, 9, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
JOB = Job(id="j1", kind="export", owner=1, role="analyst", office=1, created_at=AT, request={}, lease="b")


@pytest.fixture
def files(tmp_path: Path) -> JobFiles:
    files = JobFiles(tmp_path)
    for name in ("j1.a.result.unfinished", "j1.a.result.unfinished.xyz/sheet", "j1.b.result"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"12345")
    return files


def test_its_bytes_are_counted(files: JobFiles) -> None:
    assert (files.bytes_of(["j1"]), files.bytes_of(["j2"])) == (15, 0)


def test_a_settled_job_has_only_its_result_and_checksum(files: JobFiles, tmp_path: Path) -> None:
    files.keep_checksum(JOB, "5" * 64)
    files.settle(JOB)
    assert sorted(tmp_path.iterdir()) == [files.result(JOB), tmp_path / "j1.b.sha256"]
    assert files.checksum(JOB) == "5" * 64
    files.discard_result(JOB)
    assert list(tmp_path.iterdir()) == []
    assert files.checksum(JOB) == ""


def test_a_removed_job_has_no_files(files: JobFiles, tmp_path: Path) -> None:
    files.remove(JOB.id)
    assert list(tmp_path.iterdir()) == []


def test_a_sweep_deletes_the_files_of_deleted_jobs_only(files: JobFiles, tmp_path: Path) -> None:
    files.sweep(["j1"], now=LATER)
    assert len(list(tmp_path.iterdir())) == 3
    files.sweep([], now=LATER)
    assert list(tmp_path.iterdir()) == []
