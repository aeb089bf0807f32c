"""The thread of each worker that checks whether the library is complete and unaltered."""

import time
from datetime import timedelta
from threading import Event, Thread

from api.services.library_in_use import LibraryInUse
from api.telemetry.log_format import frames, line

LOOKS_EVERY = 5.0  # seconds between looks at the times and sizes of the files


class LibraryChecks(Thread):
    """Reads every byte of the library at intervals. In between it looks for files that have changed."""

    def __init__(self, library: LibraryInUse, *, every: timedelta) -> None:
        super().__init__(name="library", daemon=True)
        self._library = library
        self._every = every.total_seconds()
        self._stopped = Event()

    def run(self) -> None:
        due = time.monotonic() + self._every
        while not self._stopped.wait(LOOKS_EVERY):
            try:
                if time.monotonic() >= due:
                    self._library.check()
                    due = time.monotonic() + self._every
                else:
                    self._library.look()
            except Exception as error:
                line("checking_library_failed", error=type(error).__name__, frames=frames(error))

    def stop(self) -> None:
        self._stopped.set()
        self.join()
