"""gunicorn's settings. SQLite: one worker, many threads; more workers belong to PostgreSQL.

Whoever starts it also sets OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1, which must stand before
numpy and FAISS are imported.
"""

import os
import signal
from pathlib import Path
from typing import Any

from api.config import bind_address, whole_number

bind = bind_address(os.environ)
worker_class = "gthread"
workers = whole_number(os.environ, "RMS_WORKERS", 1)
threads = whole_number(os.environ, "RMS_THREADS", 8)
# The heartbeat file must not wait for a disk: a slow one would look like a hung worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
graceful_timeout = 30
preload_app = False  # a parent that has searched once hangs every forked child
control_socket_disable = True

RUNNER = "rms jobs"  # in the application's extensions
HAND_BACK_SECONDS = 5


def post_worker_init(worker: Any) -> None:
    """Ctrl-C reaches the whole group; a worker stops when the master tells it to, not twice at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    worker.wsgi.extensions[RUNNER].start()


def worker_exit(_server: object, worker: Any) -> None:
    """Hand the job under way back, so that another process need not wait until its lease has run out."""
    if application := getattr(worker, "wsgi", None):  # none where it could not be made
        application.extensions[RUNNER].stop(within=HAND_BACK_SECONDS)
