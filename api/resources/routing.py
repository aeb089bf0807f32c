"""How a resource is declared: route, query, body and answers in one decorator.

What the decorator says is what OpenAPI describes, what is validated, and what `Accept` is held to.
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
from api.resources.deprecation import Deprecated
from api.schemas.json_body import JSON
from api.schemas.problems import problems
from rms.errors import InvalidInput

P = ParamSpec("P")
View = Callable[P, Response]
Header = dict[str, Any]
PREFIX = "/api/v1"
GIVES = "media_types"
HEADERS = "headers"
DEPRECATED = "deprecated"
FILE = "file_media_types"


def _header(name: str, description: str, *, pattern: str, required: bool) -> Header:
    schema = {"type": "string", "pattern": pattern}
    return {"in": "header", "name": name, "description": description, "required": required, "schema": schema}


IDEMPOTENCY_KEY = _header(
    "Idempotency-Key",
    "Drawn for each request: sent again, it is answered as the first time.",
    pattern="^[!-~]{1,255}$",
    required=False,
)
IF_MATCH = _header(
    "If-Match",
    "The ETag of what you have read: a change of anything else is refused.",
    pattern='^"[0-9]{1,9}"$',
    required=True,
)


@dataclass(frozen=True)
class Gives:
    """One way a route answers: a schema for JSON, a description for anything else."""

    schema: type[Schema] | None = None
    media_type: str = JSON
    status: int = 200
    description: str | None = None


class QueryParser(FlaskParser):
    """Queries with unknown names are refused, or with one twice; problems are told as everywhere."""

    DEFAULT_UNKNOWN_BY_LOCATION = {**FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION, "query": RAISE}

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        found = super().load_querystring(req, schema)
        given = [name for name, texts in req.args.lists() if len(texts) > 1]
        if twice := [name for name in given if name not in found.multiple_keys]:
            raise ValidationError({name: ["This is given more than once; give it once."] for name in twice})
        return found

    def handle_error(self, error: ValidationError, req: Request, schema: Schema, **_told: Any) -> NoReturn:
        messages: Any = error.messages
        raise InvalidInput(problems(messages["query"], of=schema, at="/query")) from error


class NoQuery(Schema):
    """Of a route that asks for nothing besides its address: what is added is a mistake, and is refused."""


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
        *gives: Gives,
        allow_roles: Roles = NO_ROLES,
        query: type[Schema] | None = None,
        open_to_all: bool = False,
        before_notice: bool = False,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        """`allow_roles` are the roles it answers: none, unless some are named."""
        return self._route(
            rule,
            "GET",
            gives,
            allow_roles=allow_roles,
            query=query,
            open_to_all=open_to_all,
            before_notice=before_notice,
            deprecated=deprecated,
        )

    def post(
        self,
        rule: str,
        *gives: Gives,
        allow_roles: Roles = NO_ROLES,
        body: type[Schema] | None = None,
        query: type[Schema] | None = None,
        headers: Iterable[Header] = (),
        before_notice: bool = False,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        """`body` and `headers` only describe: the view reads the one with `json_body`, the others itself."""
        return self._route(
            rule,
            "POST",
            gives,
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
        *gives: Gives,
        allow_roles: Roles = NO_ROLES,
        body: type[Schema],
        headers: Iterable[Header] = (),
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        return self._route(
            rule, "PATCH", gives, allow_roles=allow_roles, body=body, headers=headers, deprecated=deprecated
        )

    def delete(
        self, rule: str, *gives: Gives, allow_roles: Roles = NO_ROLES, deprecated: Deprecated | None = None
    ) -> Callable[[View[P]], View[P]]:
        return self._route(rule, "DELETE", gives, allow_roles=allow_roles, deprecated=deprecated)

    def put(
        self,
        rule: str,
        *gives: Gives,
        allow_roles: Roles = NO_ROLES,
        body: type[Schema] | None = None,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        return self._route(rule, "PUT", gives, allow_roles=allow_roles, body=body, deprecated=deprecated)

    def _route(
        self,
        rule: str,
        method: str,
        gives: Iterable[Gives],
        *,
        allow_roles: Roles,
        query: type[Schema] | None = None,
        body: type[Schema] | None = None,
        headers: Iterable[Header] = (),
        open_to_all: bool = False,
        before_notice: bool = False,
        deprecated: Deprecated | None = None,
    ) -> Callable[[View[P]], View[P]]:
        gives = tuple(gives)

        def declare(view: View[P]) -> View[P]:
            described: Any = view
            for one in reversed(gives):  # described last comes first: what a generated client reads
                described = self._describe(described, one)
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
            described = self.blueprint.doc(operationId=operation)(described)  # what generated clients call it
            described._apidoc = {**described._apidoc, HEADERS: tuple(headers)}
            mark_roles(allow_roles, before_notice=before_notice)(described)
            setattr(described, GIVES, tuple(one.media_type for one in gives))
            self.blueprint.route(rule, methods=[method])(described)
            return view

        return declare

    def _describe(self, view: Any, one: Gives) -> Any:
        if one.status == HTTPStatus.NO_CONTENT:
            return self.blueprint.alt_response(one.status, description=one.description, success=True)(view)
        schema = one.schema if one.schema is not None else {"type": "string", "format": "binary"}
        return self.blueprint.alt_response(
            one.status,
            schema=schema,
            content_type=one.media_type,
            description=one.description,
            headers={"ETag": {"schema": {"type": "string"}}},
            success=True,
        )(view)


def file_body(*media_types: str) -> Callable[[View[P]], View[P]]:
    """A view whose body is a file of one of these types, with a limit of its own; the view reads it."""

    def mark(view: View[P]) -> View[P]:
        setattr(view, FILE, media_types)
        return view

    return mark


def takes_a_file() -> bool:
    """Whether the body of this request is a file."""
    return hasattr(current_app.view_functions.get(request.endpoint or ""), FILE)


def refuse_unacceptable() -> None:
    """Before a view runs: can it give anything that the caller takes?"""
    view = current_app.view_functions.get(request.endpoint or "")
    media_types = getattr(view, GIVES, ())
    if media_types and request.accept_mimetypes and not request.accept_mimetypes.best_match(media_types):
        raise NotAcceptable(f"This answers {' or '.join(dict.fromkeys(media_types))}.")


def add_etag(response: Response) -> Response:
    """After a view of the API: name the very bytes, and send them only to who has not got them."""
    view = current_app.view_functions.get(request.endpoint or "")
    if hasattr(view, GIVES) and response.status_code in (200, 201) and not response.is_streamed:
        if not response.headers.get("ETag"):
            response.set_etag(_digest(response.get_data()))
        response.make_conditional(request)
    return response


def _digest(content: bytes) -> str:
    """Keyed, for proxies may log it: nobody can try against it what a body might have said."""
    return hmac.digest(str(current_app.secret_key).encode(), content, "sha256").hex()


def announce_end(response: Response) -> Response:
    """After a view that is to go: say so, whatever it answered."""
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
