"""How many wrong passwords and codes are allowed before further attempts have to wait.

They are counted in the database, for all processes together, by name and by origin. The typed name is stored
only as a keyed hash, because it may be a password.
"""

import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import ceil

from api.storage import Store
from rms.errors import RMSError

WINDOW = timedelta(minutes=15)
USUAL = timedelta(days=90)
MOST_CHANGES = 10  # of one account's password within `WINDOW`, with those that are refused


class TooManyAttempts(RMSError):
    """`retry_after` is the number of seconds to wait."""

    code = "too_many_attempts"
    reason = "There were too many failed attempts."

    def __init__(self, retry_after: int) -> None:
        minutes = -(-retry_after // 60)
        wait = "1 minute" if minutes == 1 else f"{minutes} minutes"
        super().__init__(f"{self.reason} Wait {wait}, then try again.")
        self.retry_after = retry_after


class TooManyChanges(TooManyAttempts):
    """An account changed its password, or tried to, too often."""

    reason = f"You tried to change your password {MOST_CHANGES} times in 15 minutes."


@dataclass(frozen=True)
class Bounds:
    """How many attempts may fail within `WINDOW`.

    `here` counts one name at one origin, `origin` all names at one origin, `name` one name at all origins.
    """

    here: int
    origin: int
    name: int


PASSWORDS = Bounds(here=10, origin=50, name=100)  # NIST SP 800-63B-4, section 3.2.2: no more than 100
CODES = Bounds(here=10, origin=50, name=10)  # a code is a million times easier to guess than a password


@dataclass(frozen=True)
class Throttle:
    """Counts failed attempts at one origin.

    An attempt counts before its outcome is known, so that many at once cannot all be tried. For a user who
    signed in at this origin within `USUAL`, only failures of their own name here count, so that an attacker
    elsewhere cannot keep them out.
    """

    store: Store = field(repr=False)
    secret_key: str = field(repr=False)
    origin: str = ""
    passwords: Bounds = PASSWORDS

    def at(self, origin: str) -> "Throttle":
        """The same counts for a request from that origin."""
        return replace(self, origin=origin)

    @property
    def origin_key(self) -> str:
        return self._key("origin", self.origin)

    def attempt(self, name: str, *, at: datetime, bounds: Bounds | None = None) -> None:
        """Count one attempt; without `bounds`, with those of passwords.

        Raises
        ------
        TooManyAttempts
            If there were too many already; this one does not count, so the wait does not grow.
        """
        allowed = bounds or self.passwords
        with self.store.transaction() as tx:
            counted = [tx.sign_ins.count(key, at=at, until=at + WINDOW) for key in self._keys(name)]
            usual = name.isprintable() and tx.sign_ins.is_usual(name, self.origin_key, since=at - USUAL)
            most = (allowed.here,) if usual else (allowed.here, allowed.origin, allowed.name)
            over = [
                failures.expires_at
                for failures, bound in zip(counted, most, strict=False)
                if failures.attempts > bound
            ]
            if over:
                raise TooManyAttempts(ceil((max(over) - at).total_seconds()))
            tx.sign_ins.end_expired(at=at, usual_before=at - USUAL)

    def change(self, account: str, *, at: datetime) -> None:
        """Count one change of this account's password, whether the new one is then accepted or refused.

        Raises
        ------
        TooManyChanges
            If there were too many already; this one does not count.
        """
        with self.store.transaction() as tx:
            counted = tx.sign_ins.count(self._key("change", account), at=at, until=at + WINDOW)
            if counted.attempts > MOST_CHANGES:
                raise TooManyChanges(ceil((counted.expires_at - at).total_seconds()))

    def succeeded(self, name: str) -> None:
        """The attempt succeeded: failures of this name here no longer count, nor does this attempt."""
        here, *others = self._keys(name)
        with self.store.transaction() as tx:
            tx.sign_ins.forget(here)
            for key in others:
                tx.sign_ins.take_back(key)

    def _keys(self, name: str) -> tuple[str, str, str]:
        """In one order for every transaction, so that two never wait for each other."""
        return self._key("here", f"{self.origin} {name}"), self.origin_key, self._key("name", name)

    def _key(self, of: str, text: str) -> str:
        message = f"{of} {text}".encode(errors="surrogatepass")
        return hmac.digest(self.secret_key.encode(), b"sign-in " + message, "sha256").hex()
