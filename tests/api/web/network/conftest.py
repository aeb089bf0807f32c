import pytest
from flask import Flask

from tests.api.case_records import load
from tests.api.web.network.gangs import GANGS


@pytest.fixture
def force(app: Flask) -> Flask:
    """The application with two groups of people. Everybody but G7 lives in Castle ward."""
    load(app.extensions["rms"].store, GANGS)
    return app
