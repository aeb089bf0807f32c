"""The application factory, which creates everything that requests use."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response
from flask.typing import ResponseReturnValue
from flask_smorest import Api
from werkzeug.middleware.proxy_fix import ProxyFix

from api import auth, errors, request_bodies, static_files
from api.auth.roles import EVERYBODY
from api.auth.sessions import FormsCookie, cookie_settings
from api.config import BOUNDARIES, HARM, INSTRUMENTS, Config
from api.context import EXTENSION, Application, end_reading, record_looks
from api.json_answers import OrjsonProvider
from api.resources import ALL
from api.resources.routing import PREFIX, add_etag, announce_end, refuse_unacceptable
from api.services.access.encryption import Cipher
from api.services.access.oidc_provider import OidcProvider
from api.services.access.passwords import PasswordRules, words_in
from api.services.access.rate_limits import Limits, Rate
from api.services.access.sign_in_throttle import Throttle
from api.services.assessments.drafts import Terms
from api.services.database_identity import DatabaseInUse, note_when_overwritten
from api.services.harm.rules import harm_rules
from api.services.instruments import KnownInstruments
from api.services.libraries_in_use import LibrariesInUse
from api.services.library_in_use import LibraryInUse
from api.services.maps.boundaries import KnownBoundaries
from api.services.support.logic_model import logic_model_in
from api.services.systems.idempotency import UnderWay
from api.services.systems.webhook_transport import WebhookTransport
from api.services.systems.webhooks import Outgoing
from api.services.transfer.imports import ImportLimits
from api.services.transfer.jobs import IMPORTS_KEPT, JobSettings
from api.storage import JobFiles, KeptHead, Store
from api.telemetry import request_log
from api.web import blueprint as pages
from api.web import problem_page
from rms.engine.library import Library

STATIC = Path(__file__).parent.parent / "static"
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",  # nearly every response is about a person
}
OPENAPI: dict[str, Any] = {
    "info": {
        "description": "See what happened to people who resemble the person you are assessing. "
        "A process is what a score is about: recidivism or violence."
    },
    "servers": [{"url": "/"}],
    "security": [{"key": []}, {"session": []}],
}


def now() -> datetime:
    return datetime.now(UTC)


def create_app(
    config: Config,
    *,
    clock: Callable[[], datetime] = now,
    library: Library | LibraryInUse | None = None,
    inherited: Sequence[Library] = (),
) -> Flask:
    """The application with the database of `config` and the libraries in use.

    If the library is damaged, the application answers every request that does not need scores.

    Parameters
    ----------
    library
        The only library to use, whatever is on record.
    inherited
        Libraries that are loaded already, to be used if they are in use.

    Raises
    ------
    ConfigurationInvalid
        If RMS does not support the kind of database.
    """
    app = routed(secure=not config.insecure_cookies)
    furnish(app, config, clock=clock, library=library, inherited=inherited)
    return app


def routed(*, secure: bool) -> Flask:
    """An application with all routes, before `furnish`. `secure`: cookies need TLS."""
    app = AuditedFlask("api", static_folder=STATIC)
    app.url_map.merge_slashes = False  # Werkzeug would redirect to the host that the request names
    app.config.update(cookie_settings(secure=secure))
    app.json = OrjsonProvider(app)
    app.session_interface = FormsCookie()
    _set_up_requests(app)
    _register_api(app)
    app.register_blueprint(pages)
    auth.open_to_all(app.view_functions["static"])
    static_files.register(app)
    errors.register(app, page=problem_page)
    return app


def description() -> dict[str, Any]:
    """The OpenAPI 3.1 description of the API."""
    app = Flask("api")
    app.config.update(cookie_settings(secure=True))
    document: dict[str, Any] = _register_api(app).spec.to_dict()
    return document


def furnish(
    app: Flask,
    config: Config,
    *,
    clock: Callable[[], datetime] = now,
    library: Library | LibraryInUse | None = None,
    inherited: Sequence[Library] = (),
) -> None:
    """Give the routes what they use. Arguments and errors are those of `create_app`."""
    store, kept = Store(config.database), KeptHead(config.data)
    note_when_overwritten(kept, store=store)
    app.extensions[EXTENSION] = Application(
        store=store,
        database=DatabaseInUse(kept),
        libraries=_in_use(library, config, store=store, inherited=inherited),
        instruments=KnownInstruments(config.data / INSTRUMENTS),
        clock=clock,
        zone=config.time_zone,
        sign_ins=Throttle(store, config.secret_key),
        idle=config.idle,
        terms=Terms(config.draft_days, config.stale_months),
        under_way=UnderWay(),
        check_answers=config.check_answers,
        judgement_first=config.judgement_first,
        second_factor=config.second_factor,
        cipher=Cipher(config.secret_key, purpose="second factor"),
        passwords=PasswordRules(words_in(config.password_words)),
        oidc_provider=_oidc_provider(config),
        jobs=JobSettings(
            JobFiles(config.data / "jobs"),
            config.export_days,
            config.secret_key,
            most_bytes=IMPORTS_KEPT * config.max_import,
        ),
        outgoing=Outgoing(config.secret_key, WebhookTransport(insecure=config.insecure_webhooks)),
        limits=Limits(
            accounts=Rate(config.rate),
            strangers=Rate(config.stranger_rate),
            stranger_posts=Rate(config.stranger_posts),
        ),
        imports=ImportLimits(largest_file=config.max_import, longest_line=config.max_body),
        harm=harm_rules(config.data / HARM),
        boundaries=KnownBoundaries(config.data / BOUNDARIES),
        logic_model=logic_model_in(config.data),
    )
    app.secret_key = config.secret_key
    # Werkzeug cuts a body without a length at this limit. One byte more than allowed shows that it did.
    app.config["MAX_CONTENT_LENGTH"] = config.max_body + 1
    app.wsgi_app = request_bodies.take_whole(app.wsgi_app)  # type: ignore[method-assign]
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=0)  # type: ignore[method-assign]


def _in_use(
    library: Library | LibraryInUse | None, config: Config, *, store: Store, inherited: Sequence[Library]
) -> LibrariesInUse:
    if library is None:
        return LibrariesInUse(store, config.library, inherited)
    fixed = library if isinstance(library, LibraryInUse) else LibraryInUse(library=library)
    return LibrariesInUse.fixed(fixed)


def _oidc_provider(config: Config) -> OidcProvider | None:
    if not config.oidc_issuer:
        return None
    return OidcProvider(
        config.oidc_issuer,
        client_id=config.oidc_client_id,
        client_secret=config.oidc_client_secret,
        claim=config.oidc_claim,
        back=f"{config.address}/login/agency/back",
    )


def _set_up_requests(app: Flask) -> None:
    """Register what happens before and after every view, in this order."""
    app.after_request(_protect)
    request_log.register(app)
    request_bodies.bound(app)
    auth.register(app)
    request_bodies.read_bodies(app)
    app.before_request(refuse_unacceptable)
    app.after_request(add_etag)
    app.after_request(announce_end)
    app.teardown_appcontext(end_reading)


def _protect(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _register_api(app: Flask) -> "DescribedApi":
    app.config.update(
        API_TITLE="RMS",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        API_SPEC_OPTIONS=OPENAPI,
    )
    api = DescribedApi(app)
    api.spec.components.security_scheme("key", {"type": "http", "scheme": "bearer"})
    api.spec.components.security_scheme(
        "session", {"type": "apiKey", "in": "cookie", "name": app.config["RMS_SESSION_COOKIE"]}
    )
    for routes in ALL:
        api.register_blueprint(routes.blueprint)
    return api


class AuditedFlask(Flask):
    """Flask that writes what a view has read to the audit log before it responds, also if the view failed.

    If the audit log cannot be written, that error replaces the response of the view.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        try:
            return super().dispatch_request()
        finally:
            record_looks()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Flask would check at each request whether a function is asynchronous. In RMS none is."""
        return func


class DescribedApi(Api):  # type: ignore[misc]  # flask-smorest has no types
    """flask-smorest for the description only. `api.errors` handles all errors."""

    ERROR_SCHEMA = errors.ProblemSchema

    @auth.allow_roles(EVERYBODY)
    def _openapi_json(self) -> Response:
        response: Response = super()._openapi_json()
        return response

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        problem = {
            "description": "An error, as of RFC 9457.",
            "content": {errors.MEDIA_TYPE: {"schema": self.ERROR_SCHEMA}},
        }
        for name in (self.DEFAULT_ERROR_RESPONSE_NAME, "UNPROCESSABLE_CONTENT", "UNPROCESSABLE_ENTITY"):
            self.spec.components.response(name, problem, lazy=True)
