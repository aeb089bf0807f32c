"""What every use case is given: who asks, with what store, at what time."""

from dataclasses import dataclass
from datetime import datetime

from api.services.users import User
from api.storage import Store


@dataclass(frozen=True)
class Context:
    """One request, one command or one step of a job.

    `store` shows what the caller may see. `by` is the name that goes on record. `caller` is None where no
    user asks: before the login, on the command line and in the background.
    """

    store: Store
    at: datetime
    by: str = ""
    caller: User | None = None

    @property
    def user(self) -> User:
        """The user who asks, for what only a user can ask."""
        if self.caller is None:
            raise LookupError("No user asks for this.")
        return self.caller


def context_of(user: User, *, store: Store, at: datetime) -> Context:
    """What a user asks, in their own name."""
    return Context(store, at, user.username, user)
