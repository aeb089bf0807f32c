"""The application for gunicorn. Each worker creates its own.

    gunicorn -c python:api.runtime.gunicorn_settings "api.runtime.wsgi:app()"

A process that has searched with FAISS must not be forked, and database connections do not survive a fork.
"""

import gc
import os
from contextlib import suppress

from flask import Flask

from api.app import create_app
from api.config import from_environment
from api.context import EXTENSION, Application
from api.runtime.gunicorn_settings import LIBRARY_CHECKS, RUNNER
from api.runtime.job_runner import Runner
from api.runtime.library_checks import LibraryChecks, note_changed_key, settle_at_start
from api.services.libraries_in_use import HANDED_ON, inherited
from rms.engine.neighbours import use_one_thread
from rms.errors import StorageUnavailable


def app() -> Flask:
    use_one_thread()
    config = from_environment(os.environ)
    if HANDED_ON not in os.environ:  # otherwise `rms serve` has done it
        with suppress(StorageUnavailable):  # every request then says so
            settle_at_start(config)
            note_changed_key(config)
    application = create_app(config, inherited=inherited(os.environ))
    furnished: Application = application.extensions[EXTENSION]
    application.extensions[LIBRARY_CHECKS] = LibraryChecks(furnished.libraries, every=config.library_checked)
    application.extensions[RUNNER] = Runner(furnished)
    # What the worker keeps until it ends is not searched for garbage: each search took a tenth of a second of
    # a request for a long list.
    gc.collect()
    gc.freeze()
    return application
