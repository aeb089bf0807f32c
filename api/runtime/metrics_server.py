"""What the workers counted, for Prometheus: a process of its own, on a port of its own.

gunicorn starts it where RMS_METRICS_BIND is set (`api.runtime.gunicorn_settings`), and it ends with
gunicorn. It asks the database itself whether it is ready, so that a service whose workers hang is seen.
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


class OfDatabase(Collector):
    """What the database knows, asked when it is scraped."""

    def __init__(self, store: Store, clock: Callable[[], datetime], *, idle: timedelta = IDLE) -> None:
        self._store = store
        self._clock = clock
        self._idle = idle

    def collect(self) -> Iterator[Metric]:
        try:
            self._store.check()
            held = sessions_held(Context(self._store, self._clock()), idle=self._idle)
        except StorageUnavailable:
            yield GaugeMetricFamily("rms_database_ready", READY, value=0)
            return
        yield GaugeMetricFamily("rms_database_ready", READY, value=1)
        yield GaugeMetricFamily("rms_sessions", "People signed in.", value=held)


READY = "1 if the database answers and has the tables of this version, otherwise 0."


def serve() -> None:
    """Answer until whoever started this process is gone."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    store, idle = Store(database_url(os.environ)), setting(os.environ, "idle")
    registry.register(OfDatabase(store, lambda: datetime.now(UTC), idle=idle))
    host, port = address_and_port("RMS_METRICS_BIND", setting(os.environ, "metrics_bind"))
    start_http_server(port, addr=host, registry=registry)
    started_by = os.getppid()
    while os.getppid() == started_by:
        time.sleep(1)
    store.close()


if __name__ == "__main__":
    serve()
