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
from api.storage import Store

EXTENSION = "rms"


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
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)
    viewer = viewer_of(g.get("user"), at=found.clock(), judgement_first=found.judgement_first)
    sign_ins = found.sign_ins.at(origin(request.remote_addr or "") if has_request_context() else "")
    return replace(found, store=found.store.within(viewer), sign_ins=sign_ins)
