"""The thread of each worker that delivers the events of the outbox."""

from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread

from flask import Flask

from api.context import EXTENSION, Application
from api.services.context import Context
from api.services.systems.deliveries import deliver_due
from api.services.systems.webhooks import Outgoing
from api.storage import Store
from api.telemetry.log_format import frames, line
from rms.errors import StorageUnavailable

LOOKS_EVERY = 1.0  # seconds


class Dispatcher(Thread):
    """Delivers as long as the process lives. Any number of dispatchers share the work."""

    def __init__(self, *, store: Store, outgoing: Outgoing, clock: Callable[[], datetime]) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._store = store
        self._outgoing = outgoing
        self._clock = clock
        self._stopped = Event()

    def run(self) -> None:
        while not self._stopped.wait(LOOKS_EVERY):
            try:
                while deliver_due(Context(self._store, self._clock()), outgoing=self._outgoing):
                    pass
            except StorageUnavailable:
                continue  # requests report it; try again
            except Exception as error:
                line("delivering_failed", error=type(error).__name__, frames=frames(error))

    def stop(self) -> None:
        """Stop after the deliveries in progress."""
        self._stopped.set()
        self.join()


def start_dispatcher(app: Flask) -> Dispatcher:
    """Start delivering the events in this application's database."""
    application = app.extensions[EXTENSION]
    assert isinstance(application, Application)
    dispatcher = Dispatcher(store=application.store, outgoing=application.outgoing, clock=application.clock)
    dispatcher.start()
    return dispatcher
