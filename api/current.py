"""What a request works with: made once by the application factory, the same for every request."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app

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
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, Services)
    return found
