from pathlib import Path

import pytest
from flask import Flask

from tests.api.mapped_force import with_boundaries


@pytest.fixture
def force(app: Flask, tmp_path: Path) -> Flask:
    """The application with a force whose areas have boundaries; the data folder is `tmp_path`."""
    return with_boundaries(app, tmp_path)
