"""The start of a server: what RMS_LIBRARY decides, a changed secret; and the thread that checks libraries."""

import time
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from api.config import Config
from api.services.context import Context
from api.services.governance.erased_records import changed_key
from api.services.libraries import settle
from api.services.libraries_in_use import LibrariesInUse
from api.storage import Store
from api.telemetry.log_format import frames, line

LOOKS_EVERY = 5.0  # seconds between looks at the record, and at the times and sizes of the files


AT_START = "start of RMS"  # in the audit log


def settle_at_start(config: Config) -> None:
    """Put on record what RMS_LIBRARY decides.

    Raises
    ------
    StorageUnavailable
        If the database cannot be read or written.
    """
    store = Store(config.database)
    try:
        settle(Context(store, datetime.now(UTC), AT_START), config.library)
    finally:
        store.close()


def note_changed_key(config: Config) -> None:
    """Log if people were erased under another secret, so that imports of their sources will stop."""
    store = Store(config.database)
    try:
        if changed_key(Context(store, datetime.now(UTC), AT_START), config.secret_key):
            line("erased_under_another_secret_key")
    finally:
        store.close()


class LibraryChecks(Thread):
    """Takes up which libraries are in use and looks for changed files, and reads every byte at intervals."""

    def __init__(self, libraries: LibrariesInUse, *, every: timedelta) -> None:
        super().__init__(name="library", daemon=True)
        self._libraries = libraries
        self._every = every.total_seconds()
        self._stopped = Event()

    def run(self) -> None:
        due = time.monotonic() + self._every
        while not self._stopped.wait(LOOKS_EVERY):
            try:
                if time.monotonic() >= due:
                    self._libraries.check()
                    due = time.monotonic() + self._every
                else:
                    self._libraries.look()
            except Exception as error:
                line("checking_library_failed", error=type(error).__name__, frames=frames(error))

    def stop(self) -> None:
        self._stopped.set()
        self.join()
