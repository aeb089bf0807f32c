"""The metrics of all workers for Prometheus, in a separate process and on a separate port.

gunicorn starts it if RMS_METRICS_BIND is set (`api.runtime.gunicorn_settings`), and it ends with gunicorn.
It checks the database itself, so that it responds even if the workers hang.
"""

import os
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from api.config import address_and_port, database_url, setting
from api.services.access.accounts import IDLE, sessions_held
from api.services.context import Context
from api.storage import Store
from rms.errors import StorageUnavailable


class DatabaseMetrics(Collector):
    """Metrics that are read from the database at each scrape."""

    def __init__(self, store: Store, clock: Callable[[], datetime], *, idle: timedelta = IDLE) -> None:
        self._store = store
        self._clock = clock
        self._idle = idle

    def collect(self) -> Iterator[Metric]:
        try:
            self._store.check()
            sessions = sessions_held(Context(self._store, self._clock()), idle=self._idle)
        except StorageUnavailable:
            yield GaugeMetricFamily("rms_database_ready", READY, value=0)
            return
        yield GaugeMetricFamily("rms_database_ready", READY, value=1)
        yield GaugeMetricFamily("rms_sessions", "Sessions of signed-in users.", value=sessions)


READY = "1 if the database responds and has the tables of this version; 0 if not."


def serve() -> None:
    """Serve metrics until the parent process ends."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    store, idle = Store(database_url(os.environ)), setting(os.environ, "idle")
    registry.register(DatabaseMetrics(store, lambda: datetime.now(UTC), idle=idle))
    host, port = address_and_port("RMS_METRICS_BIND", setting(os.environ, "metrics_bind"))
    start_http_server(port, addr=host, registry=registry)
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(1)
    store.close()


if __name__ == "__main__":
    serve()
