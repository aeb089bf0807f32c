"""The argument of every use case: the user, the store and the time."""

from dataclasses import dataclass
from datetime import datetime, tzinfo

from api.services.users import User
from api.storage import Store


@dataclass(frozen=True)
class Context:
    """One request, one command or one step of a job.

    `at` is in the time zone of the agency. `store` shows what the caller may see. `by` is the name for the
    audit log. `caller` is None if there is no user: before sign-in, on the command line and in the
    background.
    """

    store: Store
    at: datetime
    by: str = ""
    caller: User | None = None

    @property
    def zone(self) -> tzinfo:
        """The time zone of the agency."""
        assert self.at.tzinfo is not None
        return self.at.tzinfo

    @property
    def user(self) -> User:
        """The caller, for use cases that need a user."""
        if self.caller is None:
            raise LookupError("This use case needs a user.")
        return self.caller


def context_of(user: User, *, store: Store, at: datetime) -> Context:
    """The context of a user."""
    return Context(store, at, user.username, user)
