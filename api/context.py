"""What a request uses: its user, its store and time, and the objects that the application holds."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from flask import current_app, g, has_request_context, request

from api.config import SecondFactor
from api.services.access.encryption import Cipher
from api.services.access.oidc_provider import OidcProvider
from api.services.access.origins import origin
from api.services.access.passwords import PasswordRules
from api.services.access.rate_limits import Limits
from api.services.access.sign_in_throttle import Throttle
from api.services.assessments.drafts import Terms
from api.services.context import Context
from api.services.database_identity import DatabaseInUse
from api.services.harm.rules import HarmRules
from api.services.instruments import KnownInstruments
from api.services.libraries_in_use import Libraries, LibrariesInUse
from api.services.library_in_use import LibraryInUse
from api.services.maps.boundaries import KnownBoundaries
from api.services.search.needs import Labels, OfferedNeed, accepted_needs, offered_needs
from api.services.systems.idempotency import UnderWay
from api.services.systems.webhooks import Outgoing
from api.services.transfer.imports import ImportLimits
from api.services.transfer.jobs import JobSettings
from api.services.users import User, viewer_of
from api.storage import RequestStore, Store
from rms.errors import LibraryDamaged
from rms.support.logic_model import LogicModel

EXTENSION = "rms"
USER, CONTEXT, STORE, LIBRARIES = "user", "context", "store", "libraries"  # in `g`


@dataclass(frozen=True)
class Application:
    """What the application factory creates once. `clock` returns the current time in UTC."""

    store: Store
    database: DatabaseInUse
    libraries: LibrariesInUse
    instruments: KnownInstruments
    clock: Callable[[], datetime]
    zone: tzinfo
    sign_ins: Throttle
    idle: timedelta
    terms: Terms
    under_way: UnderWay
    check_answers: bool
    judgement_first: bool
    second_factor: SecondFactor
    cipher: Cipher
    passwords: PasswordRules
    oidc_provider: OidcProvider | None
    jobs: JobSettings
    limits: Limits
    outgoing: Outgoing
    imports: ImportLimits
    harm: HarmRules
    boundaries: KnownBoundaries
    logic_model: LogicModel

    @property
    def library(self) -> LibraryInUse:
        """The default library now. A request uses `libraries()`, which stay the same until it ends."""
        return self.libraries.now().default

    def background(self) -> Context:
        """The context of background work, which has no user."""
        return Context(self.store, self.clock(), zone=self.zone)


def application() -> Application:
    extension = current_app.extensions[EXTENSION]
    assert isinstance(extension, Application)
    return extension


def libraries() -> Libraries:
    """The libraries in use. They stay the same until this request ends."""
    if LIBRARIES not in g:
        setattr(g, LIBRARIES, application().libraries.now())
    now: Libraries = getattr(g, LIBRARIES)
    return now


def library_of(instrument: object = None) -> LibraryInUse:
    """The library in use for the instrument of this name; the default if there is none."""
    return libraries().of(instrument)


def library_named(instrument: str) -> LibraryInUse:
    """The library in use for the instrument of this name, for what cannot be done with another one.

    Raises
    ------
    InstrumentNotInUse
        If there is none.
    """
    return libraries().named(instrument)


def needs_offered() -> tuple[OfferedNeed, ...]:
    """The needs of the instruments in use."""
    return offered_needs(library.instrument for library in libraries() if library.is_described)


def needs_accepted() -> Labels:
    """Every need that a request can name."""
    return accepted_needs(needs_offered())


def most_scores() -> int:
    """How many scores an assessment has at most, with the instruments of the libraries that can be used."""
    counts = []
    for library in libraries():
        with suppress(LibraryDamaged):
            counts.append(len(library.instrument.processes))
    return max(counts, default=1)


def throttle() -> Throttle:
    """Counts attempts to sign in from the origin of this request."""
    return application().sign_ins.at(origin(request.remote_addr or "") if has_request_context() else "")


def identify(user: User | None) -> None:
    """Set the user of the request; None: not signed in."""
    setattr(g, USER, user)
    setattr(g, CONTEXT, _context_of(user, _store_of_request(), at=request_context().at))


def request_context() -> Context:
    """The user, the store and the time of this request. They stay the same until `identify` sets a user.

    The store only shows what the user may see, and notes what they read.
    """
    if CONTEXT not in g:
        setattr(g, CONTEXT, _context_of(g.get(USER), _store_of_request(), at=application().clock()))
    context: Context = getattr(g, CONTEXT)
    return context


def stream_context() -> Context:
    """The same for a response that is read while it is sent. Its store outlives the request."""
    context = request_context()
    end_reading()
    return _context_of(context.caller, application().store, at=context.at)


def record_looks() -> None:
    """Write what this request has read to the audit log, before the response is sent.

    Raises
    ------
    StorageUnavailable
        If the audit log cannot be written.
    """
    if STORE in g:
        _store_of_request().record_looks()


def end_reading(_error: BaseException | None = None) -> None:
    """Release the connection that this request has read with."""
    if STORE in g:
        _store_of_request().end_reading()


def _context_of(user: User | None, store: Store, *, at: datetime) -> Context:
    zone = application().zone
    viewer = viewer_of(user, at=at, judgement_first=application().judgement_first, zone=zone)
    return Context(store.within(viewer), at, user.username if user else "", user, zone)


def _store_of_request() -> RequestStore:
    if STORE not in g:
        setattr(g, STORE, RequestStore(application().store))
    store: RequestStore = getattr(g, STORE)
    return store
