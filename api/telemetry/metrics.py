"""What the service counts of itself. Routes are told by their template, for paths hold offender numbers."""

from prometheus_client import Gauge, Histogram

REQUESTS = Histogram(
    "rms_request_seconds",
    "Requests answered, and how long each took.",
    ("route", "method", "status"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
SIMULATIONS = Histogram(
    "rms_simulation_seconds",
    "Assessments simulated, and how long each took.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1),
)
LIBRARY_ALTERED = Gauge(
    "rms_library_altered",
    "1 if the reference library has been changed or damaged and nothing can be scored, otherwise 0.",
    multiprocess_mode="livemax",  # as soon as one worker has noticed
)
WRITERS = Gauge(
    "rms_writers",
    "Transactions that write, or wait for their turn to.",
    multiprocess_mode="livesum",  # of all workers that live
)
