"""Rate limits: for each caller a bucket in this process that refills evenly."""

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
    """What is left in a bucket of `limit`; `reset` is the number of seconds until it is full."""

    limit: int
    remaining: int
    reset: int


class TooManyRequests(RMSError):
    """`retry_after` is the number of seconds to wait."""

    code = "too_many_requests"

    def __init__(self, allowance: Allowance, retry_after: int) -> None:
        super().__init__(
            f"You sent more than {allowance.limit} requests in a minute. Wait {retry_after} seconds."
        )
        self.allowance = allowance
        self.retry_after = retry_after


@dataclass
class Rate:
    """`allowed` requests at once, and then as many per minute, evenly; 0 means no limit.

    A bucket is one number: the moment when it is full, in whole units of a microsecond divided by
    `allowed`, so that nothing is rounded. Buckets used longest ago are forgotten first, so that invented
    names cannot fill the memory.
    """

    allowed: int
    _full_at: OrderedDict[str, int] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def take(self, name: str, *, at: datetime) -> Allowance | None:
        """Count one request; returns what is left, or None without a limit.

        Raises
        ------
        TooManyRequests
            If the bucket is empty; the request does not count, so the wait does not grow.
        """
        if not self.allowed:
            return None
        now = (at - EPOCH) // MICROSECOND * self.allowed
        cost = 60 * SECOND  # what a request takes: a minute is `allowed` of it
        with self._lock:
            # If the clock was set back, the bucket is empty at worst, not blocked until the clock catches up.
            owed = min(max(self._full_at.pop(name, now) - now, 0), self.allowed * cost)
            empty = owed + cost > self.allowed * cost
            taken = owed if empty else owed + cost
            self._full_at[name] = now + taken
            if len(self._full_at) > MOST_NAMES:
                self._full_at.popitem(last=False)
        left = Allowance(self.allowed, self.allowed - -(-taken // cost), self._seconds(taken))
        if empty:
            raise TooManyRequests(left, self._seconds(owed + cost - self.allowed * cost))
        return left

    def _seconds(self, units: int) -> int:
        return -(-units // (SECOND * self.allowed))


@dataclass(frozen=True)
class Limits:
    """`accounts` counts by user, `strangers` counts requests without a key or session by origin.

    `stranger_posts` also counts those of them that make RMS store or compute something, and by user the
    sign-ins of an account that is signed in already.
    """

    accounts: Rate
    strangers: Rate
    stranger_posts: Rate
