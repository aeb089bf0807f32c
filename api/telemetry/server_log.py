"""gunicorn's log without user input: no URL, no header, no error message.

gunicorn logs requests that it cannot parse, and the URL and traceback of a response that fails while it is
sent. Both can contain an offender number. `api.telemetry.request_log` logs requests.
"""

import sys
from typing import Any

from gunicorn.glogging import Logger

from api.telemetry.log_format import frames

NOT_HTTP = "Invalid request"


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """Messages about gunicorn itself, and which errors were raised where."""

    def access(self, *_args: Any) -> None:
        """Log nothing, whatever the command line says: every request is already logged by its route."""

    def debug(self, *_args: Any, **_kwargs: Any) -> None:
        """Log nothing: debug messages contain URLs and headers."""

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith(NOT_HTTP):
            super().warning("Refused a request that is not valid HTTP.")
        else:
            super().warning(msg, *args, **kwargs)

    def exception(self, *_args: Any, **_kwargs: Any) -> None:
        error = sys.exc_info()[1]
        assert error is not None
        super().error("Failed: %s at %s", type(error).__name__, ", ".join(frames(error)))
