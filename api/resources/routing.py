"""The decorator that declares a route of the API: its roles, query, body and responses.

The declaration is the source of the OpenAPI description, of the validation and of the check of `Accept`.
"""

import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, NoReturn, ParamSpec

from flask import Request, Response, current_app, jsonify, request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, ValidationError
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import NotAcceptable

from api.auth import open_to_all as mark_open
from api.auth.roles import NO_ROLES, Roles
from api.auth.roles import allow_roles as mark_roles
from api.media_types import preferred
from api.resources.deprecation import Deprecated
from api.schemas.json_body import JSON
from api.schemas.problems import problems
from rms.errors import InvalidInput

P = ParamSpec("P")
View = Callable[P, Response]
Header = dict[str, Any]
PREFIX = "/api/v1"
MEDIA_TYPES = "media_types"
HEADERS = "headers"
DEPRECATED = "deprecated"
FILE = "file_media_types"


def _header(name: str, description: str, *, pattern: str, required: bool) -> Header:
    schema = {"type": "string", "pattern": pattern}
    return {"in": "header", "name": name, "description": description, "required": required, "schema": schema}


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "A new random text for each request. A repeated request with the same key gets the first response again.",
    pattern="^[!-~]{1,255}$",
    required=False,
)
IF_MATCH = _header(
    "If-Match",
    "The ETag of the version you have read, or several. If the current one is not among them, the request is "
    "refused. Weak ETags and * are refused.",
    pattern='^"[0-9]{1,9}"( *, *"[0-9]{1,9}")*$',
    required=True,
)


@dataclass(frozen=True)
class Success:
    """A successful response of a route: a schema for JSON, a description for anything else."""

    schema: type[Schema] | None = None
    media_type: str = JSON
    status: int = 200
    description: str | None = None


class QueryParser(FlaskParser):
    """Refuses queries with an unknown or repeated parameter, with the errors of `api.schemas.problems`."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        query = super().load_querystring(req, schema)
        several = [name for name, texts in req.args.lists() if len(texts) > 1]
        if repeated := [name for name in several if name not in query.multiple_keys]:
            raise ValidationError({name: ["This must not be repeated."] for name in repeated})
        return query

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_: Any) -> NoReturn:
        messages: Any = error.messages
        raise InvalidInput(problems(messages["query"], of=schema, at="/query")) from error


class NoQuery(Schema):
    """The query of a route without parameters. Any parameter is refused, because it must be a mistake."""


class DescribedBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest has no types
    ARGUMENTS_PARSER = QueryParser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._prepare_headers_doc)

    @staticmethod
    def _prepare_headers_doc(doc: Any, doc_info: Any, **_: Any) -> Any:
        if headers := doc_info.get(HEADERS):
            doc["parameters"] = [*doc.get("parameters", ()), *headers]
        return doc


class Routes:
    """The routes of one subject."""

    def __init__(self, name: str, *, about: str, prefix: str = PREFIX) -> None:
        self._prefix = prefix
        self.blueprint: Any = DescribedBlueprint(name, name, url_prefix=prefix, description=about)

    def get(
        self,
        rule: str,
        *successes: Success,
        allow_roles: Roles = NO_ROLES,
        query: type[Schema] | None = None,
        open_to_all: bool = False,
        before_notice: bool = False,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        """Declare a GET route. Without `allow_roles`, no role may use it."""
        return self._route(
            rule,
            "GET",
            successes,
            allow_roles=allow_roles,
            query=query,
            open_to_all=open_to_all,
            before_notice=before_notice,
            deprecated=deprecated,
        )

    def post(
        self,
        rule: str,
        *successes: Success,
        allow_roles: Roles = NO_ROLES,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        headers: Iterable[Header] = (),
        before_notice: bool = False,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        """Declare a POST route. `body` and `headers` are only described; the view reads them itself."""
        return self._route(
            rule,
            "POST",
            successes,
            allow_roles=allow_roles,
            query=query,
            body=body,
            headers=headers,
            before_notice=before_notice,
            deprecated=deprecated,
        )

    def patch(
        self,
        rule: str,
        *successes: Success,
        allow_roles: Roles = NO_ROLES,
        body: type[Schema],
        headers: Iterable[Header] = (),
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        return self._route(
            rule,
            "PATCH",
            successes,
            allow_roles=allow_roles,
            body=body,
            headers=headers,
            deprecated=deprecated,
        )

    def delete(
        self,
        rule: str,
        *successes: Success,
        allow_roles: Roles = NO_ROLES,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        return self._route(rule, "DELETE", successes, allow_roles=allow_roles, deprecated=deprecated)

    def put(
        self,
        rule: str,
        *successes: Success,
        allow_roles: Roles = NO_ROLES,
        body: type[Schema] | None = None,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        return self._route(rule, "PUT", successes, allow_roles=allow_roles, body=body, deprecated=deprecated)

    def _route(
        self,
        rule: str,
        method: str,
        successes: Iterable[Success],
        *,
        allow_roles: Roles,
        query: type[Schema] | None = None,
        body: type[Schema] | None = None,
        headers: Iterable[Header] = (),
        open_to_all: bool = False,
        before_notice: bool = False,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        successes = tuple(successes)

        def declare(view: View[P]) -> View[P]:
            described: Any = view
            for response in reversed(successes):  # the last one described comes first in the description
                described = self._describe(described, response)
            if body is not None:
                described = self.blueprint.doc(requestBody=_request_body(body))(described)
            if media_types := getattr(view, FILE, ()):
                described = self.blueprint.doc(requestBody=_file_body(media_types))(described)
            if query is not None:
                described = self.blueprint.arguments(query, location="query")(described)
            elif self._prefix:
                described = self.blueprint.arguments(NoQuery, location="query", as_kwargs=True)(described)
            if open_to_all:
                described = mark_open(self.blueprint.doc(security=[])(described))
            if deprecated is not None:
                described = self.blueprint.doc(deprecated=True)(described)
                setattr(described, DEPRECATED, deprecated)
            operation = f"{self.blueprint.name}_{view.__name__}".replace(" ", "_")
            described = self.blueprint.doc(operationId=operation)(described)  # its name in generated clients
            described._apidoc = {**described._apidoc, HEADERS: tuple(headers)}
            mark_roles(allow_roles, before_notice=before_notice)(described)
            setattr(described, MEDIA_TYPES, tuple(success.media_type for success in successes))
            self.blueprint.route(rule, methods=[method])(described)
            return view

        return declare

    def _describe(self, view: Any, response: Success) -> Any:
        status, description = response.status, response.description
        if status == HTTPStatus.NO_CONTENT:
            return self.blueprint.alt_response(status, description=description, success=True)(view)
        schema = response.schema if response.schema is not None else {"type": "string", "format": "binary"}
        return self.blueprint.alt_response(
            status,
            schema=schema,
            content_type=response.media_type,
            description=description,
            headers={"ETag": {"schema": {"type": "string"}}},
            success=True,
        )(view)


def file_body(*media_types: str) -> Callable[[View[P]], View[P]]:
    """Mark a view whose body is a file of one of these types. It has its own limit, and the view reads it."""

    def mark(view: View[P]) -> View[P]:
        setattr(view, FILE, media_types)
        return view

    return mark


def takes_a_file() -> bool:
    """Whether the body of this request is a file."""
    return hasattr(current_app.view_functions.get(request.endpoint or ""), FILE)


def refuse_unacceptable() -> None:
    """Before a view runs: refuse the request if the view has none of the media types in `Accept`."""
    view = current_app.view_functions.get(request.endpoint or "")
    media_types = getattr(view, MEDIA_TYPES, ())
    if media_types and preferred(media_types) is None:
        raise NotAcceptable(f"This address only has {' or '.join(dict.fromkeys(media_types))}.")


def add_etag(response: Response) -> Response:
    """After a view of the API: add an ETag, and send the body only if the client does not have it yet."""
    view = current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, MEDIA_TYPES) and response.status_code in (200, 201) and not response.is_streamed:
        if not response.headers.get("ETag"):
            response.set_etag(_digest(response.get_data()))
        response.make_conditional(request)
    return response


def _digest(content: bytes) -> str:
    """A keyed hash: proxies can log it, and no one must be able to test guesses of the body against it."""
    return hmac.digest(str(current_app.secret_key).encode(), content, "sha256").hex()


def announce_end(response: Response) -> Response:
    """After a deprecated view: add the headers that say so."""
    view = current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, DEPRECATED):
        response.headers.extend(getattr(view, DEPRECATED).headers())
    return response


def json_answer(document: dict[str, Any], *, status: int = 200, **headers: str) -> Response:
    response = jsonify(document)
    response.status_code = status
    response.headers.extend({name.replace("_", "-"): value for name, value in headers.items()})
    return response


def _request_body(schema: type[Schema]) -> dict[str, Any]:
    return {"required": True, "content": {JSON: {"schema": schema}}}


def _file_body(media_types: Iterable[str]) -> dict[str, Any]:
    file = {"schema": {"type": "string", "format": "binary"}}
    return {"required": True, "content": dict.fromkeys(media_types, file)}
