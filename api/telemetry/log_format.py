"""The format of logs: one line of JSON for each event, on standard error.

This module does not import the metrics, because gunicorn's settings import it before they say where metrics
are stored.
"""

import sys
import traceback

import structlog

PROCESSORS = (
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    structlog.processors.JSONRenderer(),
)


def line(event: str, **facts: object) -> None:
    """Log an event that does not belong to a request."""
    structlog.wrap_logger(structlog.PrintLogger(sys.stderr), processors=PROCESSORS).info(event, **facts)


def frames(error: BaseException) -> list[str]:
    """Where the error was raised. The message is omitted, because it can contain user input."""
    stack = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in stack[-8:]]
