"""What a request works with: made once by the application factory, seen by each caller as they may."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flask import current_app, g, has_request_context, request

from api.config import SecondFactor
from api.services.access.accounts import viewer_of
from api.services.access.encryption import Seal
from api.services.access.oidc_provider import Agency
from api.services.access.origins import origin
from api.services.access.passwords import PasswordRules
from api.services.access.rate_limits import Limits
from api.services.access.sign_in_throttle import Throttle
from api.services.assessments.drafts import Terms
from api.services.library_in_use import LibraryInUse
from api.services.systems.idempotency import UnderWay
from api.services.systems.webhooks import Outgoing
from api.services.transfer.imports import ImportTerms
from api.services.transfer.jobs import JobTerms
from api.storage import RequestStore, Store, Viewer

EXTENSION = "rms"
STORE, AT = "store", "at"  # in `g`


@dataclass(frozen=True)
class Services:
    """`clock` returns the present moment, with its time zone."""

    store: Store
    library: LibraryInUse
    clock: Callable[[], datetime]
    sign_ins: Throttle
    idle: timedelta
    terms: Terms
    under_way: UnderWay
    judgement_first: bool
    second_factor: SecondFactor
    seal: Seal
    passwords: PasswordRules
    agency: Agency | None
    jobs: JobTerms
    limits: Limits
    outgoing: Outgoing
    imports: ImportTerms


def services() -> Services:
    """What this request works with: its store shows what the caller may see, and notes what they look at.

    Attempts to sign in are counted for the place that the request comes from.
    """
    found = _furnished()
    sign_ins = found.sign_ins.at(origin(request.remote_addr or "") if has_request_context() else "")
    return replace(found, store=_store_of_request().within(_viewer(found)), sign_ins=sign_ins)


def streaming() -> Services:
    """The same for an answer that is read while it is sent: its store outlives the request."""
    found = _furnished()
    end_reading()
    return replace(found, store=found.store.within(_viewer(found)))


def record_looks() -> None:
    """Put on record what this request has looked at, before it is answered.

    Raises
    ------
    StorageUnavailable
        If that cannot be written.
    """
    if STORE in g:
        _store_of_request().record_looks()


def end_reading(_error: BaseException | None = None) -> None:
    """Give the connection back that this request has read with."""
    if STORE in g:
        _store_of_request().end_reading()


def _furnished() -> Services:
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return found


def _store_of_request() -> RequestStore:
    if STORE not in g:
        setattr(g, STORE, RequestStore(_furnished().store))
    store: RequestStore = getattr(g, STORE)
    return store


def _viewer(found: Services) -> Viewer:
    if AT not in g:
        setattr(g, AT, found.clock())
    return viewer_of(g.get("user"), at=getattr(g, AT), judgement_first=found.judgement_first)
