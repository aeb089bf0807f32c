"""The command line as it is really called: another process, its exit code and what it says."""

import io
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from api.cli import main

ROOT = Path(__file__).parents[3]
# Only what a test gives it, whatever the settings of whoever runs the tests.
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("RMS_")}
Done = subprocess.CompletedProcess[str]


def rms(*arguments: object, env: Mapping[str, str] | None = None) -> Done:
    return subprocess.run(
        [sys.executable, "-m", "api.cli", *map(str, arguments)],
        env={**CLEAN, **(env or {})},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )


def quick_rms(*arguments: object, env: Mapping[str, str] | None = None) -> Done:
    """The same inside this process, for long tables of refusals."""
    said, told, code = io.StringIO(), io.StringIO(), 0
    argv = ["rms", *map(str, arguments)]
    with (
        patch.dict(os.environ, {**CLEAN, **(env or {})}, clear=True),
        patch.object(sys, "argv", argv),
        redirect_stdout(said),
        redirect_stderr(told),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return subprocess.CompletedProcess(argv, code, said.getvalue(), told.getvalue())
