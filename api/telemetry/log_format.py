"""How a log is written: a line of JSON for each event, to standard error.

It stands apart from what counts requests: gunicorn's settings need it before they say where that is kept.
"""

import sys
import traceback

import structlog


def line(event: str, **facts: object) -> None:
    """One line about what is no request."""
    structlog.wrap_logger(
        structlog.PrintLogger(sys.stderr),
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.JSONRenderer(),
        ],
    ).info(event, **facts)


def frames(error: BaseException) -> list[str]:
    """Where it happened. The message is left out: it may hold what somebody sent."""
    found = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in found[-8:]]
