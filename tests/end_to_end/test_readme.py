"""What the README tells a new user to type, typed as it stands."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.server import ROOT, Server

README = (ROOT / "README.md").read_text(encoding="utf-8")
SCRIPTS = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)


@pytest.mark.skipif(
    shutil.which("curl") is None, reason="no curl on this machine: the README's script was NOT tried"
)
def test_the_curl_script(served: Server, tmp_path: Path) -> None:
    script = next(text for text in SCRIPTS if "curl" in text)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    done = subprocess.run(
        ["sh", "-eu", "-c", script],
        cwd=tmp_path,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "DATA": str(served.data)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"recidivism score 1\.\d+ by hand 1\.\d+", done.stdout)
    assert re.search(r"violence score 1\.\d+ by hand 1\.\d+", done.stdout)
    assert "%PDF-" in done.stdout
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "assessments.csv").read_text(encoding="utf-8").count("\n") > 600
