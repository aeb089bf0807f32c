"""The metrics of the service. Routes appear as templates, because paths contain offender numbers."""

from prometheus_client import Gauge, Histogram

REQUESTS = Histogram(
    "rms_request_seconds",
    "Duration of requests.",
    ("route", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SIMULATIONS = Histogram(
    "rms_simulation_seconds",
    "Duration of simulations.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)
LIBRARY_ALTERED = Gauge(
    "rms_library_altered",
    "1 if the reference library has been changed or damaged, so that RMS cannot calculate scores; 0 if not.",
    multiprocess_mode="livemax",  # 1 as soon as one worker has noticed
)
WRITERS = Gauge(
    "rms_writers",
    "Transactions that write or wait to write.",
    multiprocess_mode="livesum",  # of all running workers
)
