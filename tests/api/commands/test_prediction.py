"""The prediction on the command line: train, approve, shadow, use, predict, roll back, and check a file."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from api.storage import Store
from rms.prediction.warning import HEALTH_WARNING
from tests.api.commands.command_line import Done, quick_rms
from tests.api.trained_force import DAY, load_force

Run = Callable[..., Done]
REASON = ("--reason", "as the board decided")


@pytest.fixture
def run(tmp_path: Path, migrated_folder: Path) -> Run:
    shutil.copytree(migrated_folder, tmp_path, dirs_exist_ok=True)
    url = f"sqlite:///{tmp_path / 'rms.sqlite'}"
    store = Store(url)
    load_force(store)
    store.close()

    def command(*arguments: object) -> Done:
        return quick_rms("harm", *arguments, env={"RMS_DATA": str(tmp_path), "RMS_DATABASE": url})

    return command


def test_from_training_to_rolling_back(run: Run, tmp_path: Path) -> None:
    trained = run("train", "--version", "m1", "--by", "ana", *REASON)
    assert trained.returncode == 0, trained.stderr
    assert "m1: trained, trained by ana" in trained.stdout and "true positives" in trained.stdout
    assert run("predict", "--as-at", DAY).returncode == 3
    own = run("model", "approve", "m1", "--by", "ana", *REASON)
    assert own.returncode == 3 and "Another person must approve it" in own.stderr
    for command, said in (("approve", "approved"), ("shadow", "in shadow"), ("use", "current")):
        assert run("model", command, "m1", "--by", "ada", *REASON).stdout == f"Model m1 is {said}.\n"
    predicted = run("predict", "--as-at", DAY)
    assert "predicted high" in predicted.stdout and HEALTH_WARNING in predicted.stdout
    assert "m1: current" in run("model", "list").stdout
    file = tmp_path / "model.json"
    file.write_text(run("model", "file", "m1").stdout, encoding="utf-8")
    assert run("model", "check", file).returncode == 0
    file.write_bytes(file.read_bytes().replace(b'"intercept": -', b'"intercept": ', 1))
    changed = run("model", "check", file)
    assert changed.returncode == 3 and "was changed after it was written" in changed.stderr
    assert run("model", "roll-back", "m1", "--by", "ada", *REASON).stdout == "Model m1 is rolled back.\n"
    assert run("model", "withdraw", "m1", "--by", "ada", *REASON).returncode == 0
