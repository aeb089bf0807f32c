"""gunicorn's log without what anybody sent: no address, no header, no message of an error.

gunicorn repeats a request that it does not understand, and writes address and traceback of one that fails
halfway; both can hold an offender number. Requests are logged by `api.telemetry.request_log`.
"""

import sys
from typing import Any

from gunicorn.glogging import Logger

from api.telemetry.log_format import frames

NOT_HTTP = "Invalid request"


class ServerLog(Logger):  # type: ignore[misc]  # gunicorn has no types
    """What gunicorn says of itself, and that something failed."""

    def access(self, *_request: Any) -> None:
        """Nothing, whatever the server is told: every request is logged already, by its route."""

    def debug(self, *_said: Any, **_told: Any) -> None:
        """Nothing: it would be addresses and headers."""

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        if msg.startswith(NOT_HTTP):
            super().warning("A request was refused that is not HTTP as it should be.")
        else:
            super().warning(msg, *args, **kwargs)

    def exception(self, *_said: Any, **_told: Any) -> None:
        error = sys.exc_info()[1]
        assert error is not None
        super().error("Failed: %s at %s", type(error).__name__, ", ".join(frames(error)))
