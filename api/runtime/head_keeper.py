"""The thread of each worker that saves the head of the audit log outside the database."""

from pathlib import Path
from threading import Event, Thread

from flask import Flask

from api.context import EXTENSION, Application
from api.services.database_identity import keep_head
from api.storage import KeptHead, Store
from api.telemetry.log_format import line
from rms.errors import RMSError

SAVES_EVERY = 2.0  # seconds


class HeadKeeper(Thread):
    """Saves the head while the process runs, and once more when it is stopped."""

    def __init__(self, *, store: Store, kept: KeptHead) -> None:
        super().__init__(name="audit head", daemon=True)
        self._store = store
        self._kept = kept
        self._stopped = Event()
        self._reported = ""

    def run(self) -> None:
        self._save()
        while not self._stopped.wait(SAVES_EVERY):
            self._save()
        self._save()

    def stop(self, *, within: float) -> None:
        self._stopped.set()
        self.join(within)

    def _save(self) -> None:
        try:
            self._report("" if keep_head(self._kept, store=self._store) else "storage_lost")
        except RMSError as error:
            self._report(error.code)
        except Exception as error:  # the next try may succeed
            self._report(type(error).__name__)

    def _report(self, problem: str) -> None:
        """Log a problem once, when it starts."""
        if problem and problem != self._reported:
            line("audit head not kept", code=problem)
        self._reported = problem


def start_head_keeper(app: Flask, data: Path) -> HeadKeeper:
    """Start to save the head of this application's audit log in the folder `data`."""
    application = app.extensions[EXTENSION]
    assert isinstance(application, Application)
    keeper = HeadKeeper(store=application.store, kept=KeptHead(data))
    keeper.start()
    return keeper
