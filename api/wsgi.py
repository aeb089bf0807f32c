"""The application as gunicorn starts it, made inside each worker.

    gunicorn -c python:api.gunicorn_config "api.wsgi:app()"

A process that has searched with FAISS must not be forked, and connections do not survive it either.
"""

import os

from flask import Flask

from api.app import create_app
from api.config import from_environment
from api.current import EXTENSION
from api.gunicorn_config import RUNNER
from api.runner import Runner
from rms.engine.neighbours import use_one_thread


def app() -> Flask:
    use_one_thread()
    made = create_app(from_environment(os.environ))
    made.extensions[RUNNER] = Runner(made.extensions[EXTENSION])
    return made
