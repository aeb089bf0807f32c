"""How often somebody may try: failures are counted per name, in this process."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from rms.errors import RMSError

MOST_NAMES = 10_000


class TooManyAttempts(RMSError):
    """`retry_after` is the number of seconds to wait."""

    code = "too_many_attempts"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many attempts failed in a row; wait before the next one.")
        self.retry_after = retry_after


@dataclass
class Throttle:
    """At most `allowed` attempts a name within `window`, successes not counted.

    An attempt counts before its outcome is known: many at once cannot slip through together.
    The longest untouched names are forgotten first, so made-up names cannot fill the memory.
    """

    allowed: int = 10
    window: timedelta = timedelta(minutes=15)
    _attempts: OrderedDict[str, list[datetime]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def attempt(self, name: str, *, at: datetime) -> None:
        """Count one attempt.

        Raises
        ------
        TooManyAttempts
            If there were too many already; this one is not counted, so the wait does not grow.
        """
        with self._lock:
            recent = [moment for moment in self._attempts.pop(name, []) if at - moment < self.window]
            self._attempts[name] = recent
            if len(recent) >= self.allowed:
                raise TooManyAttempts(1 + int((recent[0] + self.window - at).total_seconds()))
            recent.append(at)
            if len(self._attempts) > MOST_NAMES:
                self._attempts.popitem(last=False)

    def forget(self, name: str) -> None:
        """The attempts of this name no longer count: one has succeeded."""
        with self._lock:
            self._attempts.pop(name, None)
