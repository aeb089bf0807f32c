"""How many requests somebody may send: a bucket for each, in this process, that fills evenly."""

from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

from rms.errors import RMSError

MOST_NAMES = 10_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
SECOND = 1_000_000


@dataclass(frozen=True)
class Allowance:
    """What is left in a bucket of `limit`; `reset` is the number of seconds until it is full again."""

    limit: int
    remaining: int
    reset: int


class TooManyRequests(RMSError):
    """`retry_after` is the number of seconds to wait."""

    code = "too_many_requests"

    def __init__(self, allowance: Allowance, retry_after: int) -> None:
        super().__init__(f"More than {allowance.limit} requests a minute; wait before the next one.")
        self.allowance = allowance
        self.retry_after = retry_after


@dataclass
class Rate:
    """`allowed` requests at once, and after that as many a minute, evenly; 0 is without limit.

    A bucket is one number: the moment when it is full, in whole units of a microsecond divided by
    `allowed`, so that nothing is ever rounded. One that is full need not be remembered; the longest
    untouched are forgotten first, so that made-up names cannot fill the memory.
    """

    allowed: int
    _full_at: OrderedDict[str, int] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def take(self, name: str, *, at: datetime) -> Allowance | None:
        """Count one request; what is left after it, None where nothing is limited.

        Raises
        ------
        TooManyRequests
            If the bucket is empty; this one is not counted, so the wait does not grow.
        """
        if not self.allowed:
            return None
        now = (at - EPOCH) // MICROSECOND * self.allowed
        one = 60 * SECOND  # what a request takes: a minute is `allowed` of it
        with self._lock:
            # A clock that was set back leaves the bucket empty at worst, not locked until it has caught up.
            owed = min(max(self._full_at.pop(name, now) - now, 0), self.allowed * one)
            empty = owed + one > self.allowed * one
            taken = owed if empty else owed + one
            self._full_at[name] = now + taken
            if len(self._full_at) > MOST_NAMES:
                self._full_at.popitem(last=False)
        left = Allowance(self.allowed, self.allowed - -(-taken // one), self._seconds(taken))
        if empty:
            raise TooManyRequests(left, self._seconds(owed + one - self.allowed * one))
        return left

    def _seconds(self, units: int) -> int:
        return -(-units // (SECOND * self.allowed))


@dataclass(frozen=True)
class Limits:
    """`accounts` by whose key or session it is, `strangers` by the address they come from.

    `stranger_posts` counts what a stranger makes RMS store or compute at length, beside the rest.
    """

    accounts: Rate
    strangers: Rate
    stranger_posts: Rate
