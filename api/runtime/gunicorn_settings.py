"""gunicorn's settings. SQLite: one worker, many threads; more workers belong to PostgreSQL.

Whoever starts it also sets OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1, which must stand before
numpy and FAISS are imported.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from api.config import data_folder, setting
from api.telemetry.server_log import ServerLog

bind = setting(os.environ, "bind")
worker_class = "gthread"
workers = setting(os.environ, "workers")
threads = setting(os.environ, "threads")
# The heartbeat file must not wait for a disk: a slow one would look like a hung worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Each worker counts in a file of its own; prometheus_client reads the variable when it is imported.
COUNTED = "PROMETHEUS_MULTIPROC_DIR"
if setting(os.environ, "metrics_bind"):
    os.environ[COUNTED] = tempfile.mkdtemp(prefix="rms-metrics-", dir=worker_tmp_dir)
graceful_timeout = 30
# What one request may have, before anything of ours sees it.
limit_request_line = 4094  # bytes: an address with its query
limit_request_fields = 100  # headers
limit_request_field_size = 8190  # bytes of each
preload_app = False  # a parent that has searched once hangs every forked child
control_socket_disable = True
accesslog = None
logger_class = ServerLog

# In the application's extensions.
RUNNER, LIBRARY_CHECKS, KEEPER = "rms jobs", "rms library checks", "rms head"
RELEASE_SECONDS = 5


def post_worker_init(worker: Any) -> None:
    """Ctrl-C reaches the whole group; a worker stops when the master tells it to, not twice at once."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # These import FAISS: not in the master.
    from api.runtime.head_keeper import start_head_keeper  # noqa: PLC0415
    from api.runtime.webhook_dispatcher import start_dispatcher  # noqa: PLC0415

    worker.wsgi.extensions[RUNNER].start()
    worker.wsgi.extensions[LIBRARY_CHECKS].start()
    start_dispatcher(worker.wsgi)
    worker.wsgi.extensions[KEEPER] = start_head_keeper(worker.wsgi, data_folder(os.environ))


def worker_exit(_server: object, worker: Any) -> None:
    """Release the open jobs, so that no process has to wait for their leases, and note the audit's head."""
    if application := getattr(worker, "wsgi", None):  # none where it could not be made
        application.extensions[RUNNER].stop(within=RELEASE_SECONDS)
        if keeper := application.extensions.get(KEEPER):
            keeper.stop(within=RELEASE_SECONDS)


def when_ready(_server: object) -> None:
    if setting(os.environ, "metrics_bind"):
        subprocess.Popen(
            [sys.executable, "-m", "api.runtime.metrics_server"]
        )  # ends by itself when this process has


def child_exit(_server: object, worker: Any) -> None:
    """What a worker that is gone was doing it does no longer.

    As `prometheus_client.multiprocess.mark_process_dead`, which must not be imported before a fork.
    """
    if folder := os.environ.get(COUNTED):
        for file in Path(folder).glob(f"gauge_live*_{worker.pid}.db"):
            file.unlink(missing_ok=True)


def on_exit(_server: object) -> None:
    if folder := os.environ.get(COUNTED):
        shutil.rmtree(folder, ignore_errors=True)
