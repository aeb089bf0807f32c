"""The application for gunicorn. Each worker creates its own.

    gunicorn -c python:api.runtime.gunicorn_settings "api.runtime.wsgi:app()"

A process that has searched with FAISS must not be forked, and database connections do not survive a fork.
"""

import os

from flask import Flask

from api.app import create_app
from api.config import from_environment
from api.context import EXTENSION
from api.runtime.gunicorn_settings import LIBRARY_CHECKS, RUNNER
from api.runtime.job_runner import Runner
from api.runtime.library_checks import LibraryChecks
from api.services.library_in_use import LibraryInUse, inherited
from rms.engine.neighbours import use_one_thread


def app() -> Flask:
    use_one_thread()
    config = from_environment(os.environ)
    library = LibraryInUse(config.library, inherited(os.environ))
    application = create_app(config, library=library)
    application.extensions[LIBRARY_CHECKS] = LibraryChecks(library, every=config.library_checked)
    application.extensions[RUNNER] = Runner(application.extensions[EXTENSION])
    return application
