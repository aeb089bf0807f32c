"""gunicorn's settings. SQLite needs one worker with many threads; PostgreSQL allows several workers.

Start gunicorn with OMP_NUM_THREADS=1 and OPENBLAS_NUM_THREADS=1. They must be set before numpy and FAISS are
imported.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from api.config import LONGEST_REQUEST_LINE, data_folder, setting
from api.telemetry.server_log import ServerLog

bind = setting(os.environ, "bind")
worker_class = "gthread"
workers = setting(os.environ, "workers")
threads = setting(os.environ, "threads")
# The heartbeat file must not be on a disk: with a slow disk, a worker would seem to hang.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None
# Each worker has its own file of metrics. prometheus_client reads the variable when it is imported.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
if setting(os.environ, "metrics_bind"):
    os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="rms-metrics-", dir=worker_tmp_dir)
graceful_timeout = 30
# Limits of a request, checked before RMS reads it.
limit_request_line = LONGEST_REQUEST_LINE
limit_request_fields = 100  # headers
limit_request_field_size = 8190  # bytes of each
preload_app = False  # a parent process that has searched with FAISS makes its child processes hang
control_socket_disable = True
accesslog = None
logger_class = ServerLog

# In the application's extensions.
RUNNER, LIBRARY_CHECKS, KEEPER = "rms jobs", "rms library checks", "rms head"
RELEASE_SECONDS = 5


def post_worker_init(worker: Any) -> None:
    """Start the threads of a worker.

    The worker ignores Ctrl-C, which reaches the whole process group: the master stops its workers.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # These import FAISS, which the master must not do.
    from api.runtime.head_keeper import start_head_keeper  # noqa: PLC0415
    from api.runtime.webhook_dispatcher import start_dispatcher  # noqa: PLC0415

    worker.wsgi.extensions[RUNNER].start()
    worker.wsgi.extensions[LIBRARY_CHECKS].start()
    start_dispatcher(worker.wsgi)
    worker.wsgi.extensions[KEEPER] = start_head_keeper(worker.wsgi, data_folder(os.environ))


def worker_exit(_server: object, worker: Any) -> None:
    """Release the open jobs, so that no other process waits for their leases. Note the audit's head."""
    if application := getattr(worker, "wsgi", None):  # None if it could not be created
        application.extensions[RUNNER].stop(within=RELEASE_SECONDS)
        if keeper := application.extensions.get(KEEPER):
            keeper.stop(within=RELEASE_SECONDS)


def when_ready(_server: object) -> None:
    if setting(os.environ, "metrics_bind"):
        # It ends by itself when this process has ended.
        subprocess.Popen([sys.executable, "-m", "api.runtime.metrics_server"])


def child_exit(_server: object, worker: Any) -> None:
    """Delete the gauges of a worker that has ended.

    `prometheus_client.multiprocess.mark_process_dead` does the same, but must not be imported before a fork.
    """
    if folder := os.environ.get(METRICS_FOLDER):
        for file in Path(folder).glob(f"gauge_live*_{worker.pid}.db"):
            file.unlink(missing_ok=True)


def on_exit(_server: object) -> None:
    if folder := os.environ.get(METRICS_FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
