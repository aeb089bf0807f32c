"""Whether pages show offences that a person is only suspected of. An administrator decides, with a reason."""

from api.services.context import Context
from api.storage import SuspectPolicy
from rms.errors import Conflict, InvalidInput, Problem

LONGEST_REASON = 1000


def suspect_policies(context: Context) -> tuple[SuspectPolicy, ...]:
    """Every decision, the last one first."""
    with context.store.reading() as tx:
        return tx.suspect_policies.all()


def shows_suspected(context: Context) -> bool:
    """Whether suspected offences are shown. They are not until somebody decides so."""
    with context.store.reading() as tx:
        return tx.suspect_policies.shows_suspected()


def decide_on_suspects(context: Context, *, show: bool, reason: str) -> None:
    """Show suspected offences in a separate panel, or stop showing them. They never count in a score.

    Raises
    ------
    InvalidInput
        If the reason is missing, has several lines or is too long.
    Conflict
        If this is the policy already.
    """
    if not reason.strip() or len(reason) > LONGEST_REASON or not reason.isprintable():
        detail = f"Give a reason, on one line of up to {LONGEST_REASON:,} characters."
        raise InvalidInput([Problem("/reason", "invalid_value", detail)])
    with context.store.transaction() as tx:
        if tx.suspect_policies.shows_suspected() == show:
            raise Conflict("This is the policy already.")
        tx.suspect_policies.add(SuspectPolicy(show, reason.strip(), context.by, context.at))
