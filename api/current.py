"""What a request works with: made once by the application factory, seen by each caller as they may."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from flask import current_app, g

from api.services.accounts import viewer_of
from api.services.drafts import Terms
from api.services.idempotency import UnderWay
from api.services.imports import ImportTerms
from api.services.jobs import JobTerms
from api.services.throttle import Throttle
from api.storage import Store
from rms.engine.library import Library

EXTENSION = "rms"


@dataclass(frozen=True)
class Services:
    """`clock` returns the present moment, with its time zone."""

    store: Store
    library: Library
    clock: Callable[[], datetime]
    sign_ins: Throttle
    terms: Terms
    under_way: UnderWay
    jobs: JobTerms
    imports: ImportTerms


def services() -> Services:
    """What this request works with: its store shows what the caller may see, and notes what they look at."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return replace(found, store=found.store.within(viewer_of(g.get("user"), at=found.clock())))
