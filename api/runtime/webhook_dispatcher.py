"""The threads of each worker that deliver webhooks from the outbox."""

from collections.abc import Callable
from datetime import datetime
from threading import Event, Thread

from flask import Flask

from api.context import EXTENSION, Application
from api.services.context import Context
from api.services.systems.deliveries import DeliveryTurns, deliver
from api.services.systems.webhooks import Outgoing
from api.storage import Delivery, Store
from api.telemetry.log_format import frames, line
from rms.errors import StorageUnavailable

LOOKS_EVERY = 1.0  # seconds


class Dispatcher(Thread):
    """Claims events while the process runs, and delivers each in a thread of its own.

    Any number of dispatchers share the work.
    """

    def __init__(self, *, store: Store, outgoing: Outgoing, clock: Callable[[], datetime]) -> None:
        super().__init__(name="webhooks", daemon=True)
        self._store = store
        self._outgoing = outgoing
        self._clock = clock
        self._turns = DeliveryTurns()
        self._deliveries: list[Thread] = []
        self._stopped = False
        self._look = Event()  # a delivery has ended, so the next may begin

    def run(self) -> None:
        while not self._stopped:
            if not self._begin_next():
                self._look.wait(LOOKS_EVERY)
                self._look.clear()

    def stop(self) -> None:
        """Wait until the deliveries that run have succeeded or failed."""
        self._stopped = True
        self._look.set()
        self.join()
        for thread in self._deliveries:
            thread.join()

    def _begin_next(self) -> bool:
        """Claim an event and begin to deliver it; False if none can begin now."""
        try:
            claimed = self._turns.claim_next(self._context)
            if claimed is not None:
                self._begin(claimed)
        except StorageUnavailable:
            return False  # requests report this error; the dispatcher tries again
        except Exception as error:
            line("delivering_failed", error=type(error).__name__, frames=frames(error))
            return False
        return claimed is not None

    def _begin(self, claimed: Delivery) -> None:
        thread = Thread(target=self._deliver, args=(claimed,), name="webhook", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the system has no thread left; the event is due again when its lease is over
            self._turns.ended(claimed)
            raise
        self._deliveries = [*(other for other in self._deliveries if other.is_alive()), thread]

    def _deliver(self, claimed: Delivery) -> None:
        try:
            deliver(self._context, claimed, outgoing=self._outgoing)
        except StorageUnavailable:
            pass  # the event is due again when its lease is over
        except Exception as error:
            line("delivering_failed", error=type(error).__name__, frames=frames(error))
        finally:
            self._turns.ended(claimed)
            self._look.set()

    @property
    def _context(self) -> Context:
        return Context(self._store, self._clock())


def start_dispatcher(app: Flask) -> Dispatcher:
    """Start to deliver the events in this application's database."""
    application = app.extensions[EXTENSION]
    assert isinstance(application, Application)
    dispatcher = Dispatcher(store=application.store, outgoing=application.outgoing, clock=application.clock)
    dispatcher.start()
    return dispatcher
