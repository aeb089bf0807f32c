"""Start, change and delete drafts. Concurrent changes are refused."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from api.services.assessments.assessments import find_submission
from api.services.context import Context
from api.services.users import User
from api.storage import Draft, Transaction
from rms.assessment import Assessment, AssessmentKind
from rms.assessment.carrying import carried_over
from rms.errors import ChangedMeanwhile, Conflict, HeldElsewhere, LimitReached, NotFound
from rms.instrument import Instrument

MOST_DRAFTS = 200  # of one account
MOST_CHECKED = 1  # more, for a form whose answers are checked before it is saved


@dataclass(frozen=True)
class Terms:
    """How long an unchanged draft is kept, and when a carried-over answer counts as old."""

    kept_days: int = 30
    stale_months: int = 6


def start_draft(
    context: Context, body: Mapping[str, Any], *, terms: Terms, checked_as: str | None = None
) -> Draft:
    """A new draft with this body.

    `checked_as` is the ID of a form that is about to be saved. If it is a draft already, it is returned.

    Raises
    ------
    HeldElsewhere
        If it names an assessed person whom this user may not assess.
    LimitReached
        If this user already has the maximum number of drafts.
    """
    draft = _new(body, user=context.user, at=context.at, terms=terms)
    return _started(context, draft, checked_as=checked_as)


def repopulate(
    context: Context,
    assessment_id: str,
    *,
    instrument: Instrument,
    terms: Terms,
    checked_as: str | None = None,
) -> Draft:
    """A new draft with every answer of an earlier assessment, each marked as carried over.

    `checked_as` as in `start_draft`.

    Raises
    ------
    NotFound
        If there is no such assessment.
    Conflict
        If it is a what-if, whose answers are hypothetical.
    LimitReached
        If this user already has the maximum number of drafts.
    """
    earlier = find_submission(context, assessment_id).assessment
    if earlier.kind is AssessmentKind.WHAT_IF:
        raise Conflict(f"A what-if cannot be carried over. Use its baseline {earlier.baseline_id} instead.")
    body = _carried_body(earlier, assessment_id, instrument)
    draft = replace(
        _new(body, user=context.user, at=context.at, terms=terms),
        carried=(*body["answers"], *body["unknown"]),
        carried_from=assessment_id,
        carried_on=earlier.assessed_on,
    )
    return _started(context, draft, checked_as=checked_as)


def find_draft(context: Context, id: str) -> Draft:
    """
    Raises
    ------
    NotFound
        If this user has no such draft.
    """
    with context.store.reading() as tx:
        return _there(tx.drafts.get(id, owner=context.user.id, at=context.at))


def drafts_of(context: Context) -> tuple[Draft, ...]:
    """The drafts of this user, except about people they may no longer see; most recently changed first."""
    with context.store.reading() as tx:
        return tx.drafts.visible_of(context.user.id, at=context.at)


def change_draft(context: Context, id: str, patch: Mapping[str, Any], *, seen: int, terms: Terms) -> Draft:
    """Merge the patch into the draft (RFC 7396: null removes a value) as its next version.

    An item that the patch names no longer counts as carried over, even with the same answer, because the
    user has checked it.

    Raises
    ------
    NotFound
        If this user has no such draft.
    HeldElsewhere
        If it then names an assessed person whom this user may not assess.
    ChangedMeanwhile
        If the draft no longer has the version `seen`.
    """
    with context.store.transaction() as tx:
        draft = seen_draft(_there(tx.drafts.get(id, owner=context.user.id, at=context.at)), seen)
        looked_at = {*(patch.get("answers") or ()), *(patch.get("unknown") or ())}
        changed = replace(
            draft,
            version=draft.version + 1,
            body=merged(draft.body, patch),
            carried=tuple(code for code in draft.carried if code not in looked_at),
            changed_at=context.at,
            expires_at=_expiry(context.at, terms),
        )
        _refuse_held_elsewhere(changed, tx)
        if not tx.drafts.change(changed, by=context.by):
            raise ChangedMeanwhile(CHANGED)
    return changed


def discard_draft(context: Context, id: str) -> None:
    """
    Raises
    ------
    NotFound
        If this user has no such draft.
    """
    with context.store.transaction() as tx:
        draft = _there(tx.drafts.get(id, owner=context.user.id, at=context.at))
        tx.drafts.end(draft, action="draft.discarded", by=context.by, at=context.at)


def seen_draft(draft: Draft, seen: int) -> Draft:
    """The draft, if it has the version that the caller has seen.

    Raises
    ------
    ChangedMeanwhile
        Otherwise.
    """
    if draft.version != seen:
        raise ChangedMeanwhile(CHANGED)
    return draft


def merged(value: Any, patch: Any) -> Any:
    """JSON merge patch, by RFC 7396.

    >>> merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    if not isinstance(patch, Mapping):
        return patch
    result = dict(value) if isinstance(value, Mapping) else {}
    for name, change in patch.items():
        if change is None:
            result.pop(name, None)
        else:
            result[name] = merged(result.get(name), change)
    return result


CHANGED = "The draft has changed since you read it. Read it again, then make your changes."


def _new(body: Mapping[str, Any], *, user: User, at: datetime, terms: Terms) -> Draft:
    return Draft(
        id=secrets.token_urlsafe(16),
        owner=user.id,
        version=1,
        body=merged({}, body),
        created_at=at,
        changed_at=at,
        expires_at=_expiry(at, terms),
    )


def _started(context: Context, draft: Draft, *, checked_as: str | None) -> Draft:
    draft = draft if checked_as is None else replace(draft, id=checked_as)
    most = MOST_DRAFTS if checked_as is None else MOST_DRAFTS + MOST_CHECKED
    with context.store.transaction() as tx:
        tx.accounts.hold(draft.owner)
        _refuse_held_elsewhere(draft, tx)
        tx.drafts.delete_expired(at=draft.created_at)
        if (started := tx.drafts.get(draft.id, owner=draft.owner, at=context.at)) is not None:
            return started
        if tx.drafts.number_of(draft.owner) >= most:
            raise LimitReached(
                f"You have {MOST_DRAFTS} drafts, which is the maximum. Submit or delete some of them first, "
                "on your drafts page."
            )
        tx.drafts.add(draft, by=context.by)
    return draft


def _refuse_held_elsewhere(draft: Draft, tx: Transaction) -> None:
    """Such a draft would be hidden from its author, who would think it lost."""
    if tx.drafts.is_hidden(draft):
        raise HeldElsewhere


def _carried_body(earlier: Assessment, id: str, instrument: Instrument) -> dict[str, Any]:
    """The body of a new draft for the same person, in the form of an API request."""
    carried = carried_over(earlier, instrument)
    release = {} if earlier.release_date is None else {"release_date": earlier.release_date.isoformat()}
    return {
        "offender_number": earlier.offender_number,
        "sex": earlier.sex,
        "date_of_birth": earlier.date_of_birth.isoformat(),
        **release,
        "instrument": instrument.name,
        "answers": dict(carried.answers),
        "unknown": dict(carried.unknown),
        "based_on": id,
    }


def _expiry(at: datetime, terms: Terms) -> datetime:
    return at + timedelta(days=terms.kept_days)


def _there(draft: Draft | None) -> Draft:
    if draft is None:
        raise NotFound("You have no draft with this ID.")
    return draft
