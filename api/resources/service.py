"""Information about the service: the notice, its health and readiness, and the documentation of the API."""

from pathlib import Path

import flask_swagger_ui
from flask import Response, abort

from api.auth.roles import EVERYBODY
from api.context import application, libraries, request_context
from api.resources.routing import PREFIX, Routes, Success, json_answer
from api.schemas.assessments.answer import library_reference
from api.schemas.description import NoticeSchema, ReadySchema, StateSchema, notice

routes = Routes("service", about="The notice and the documentation.")
state = Routes("state", about="Health and readiness, for monitoring.", prefix="")

HTML = "text/html"
SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
CSS, SCRIPT = "text/css", "text/javascript"
# The only files of Swagger UI that are served, from the installed package.
SWAGGER_FILES = {"swagger-ui.css": CSS, "swagger-ui-bundle.js": SCRIPT}
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>RMS API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{PREFIX}/docs/swagger-ui.css">
</head>
<body>
<main id="api" data-openapi="{PREFIX}/openapi.json"></main>
<script src="{PREFIX}/docs/swagger-ui-bundle.js"></script>
<script src="{PREFIX}/docs/start.js"></script>
</body>
</html>
"""
START = """const place = document.getElementById("api");

SwaggerUIBundle({
  url: place.dataset.openapi,
  domNode: place,
  deepLinking: true,
  validatorUrl: null,
  defaultModelsExpandDepth: 0,
});
"""


@routes.get("/notice", Success(NoticeSchema), open_to_all=True)
def responsibility() -> Response:
    """The notice that applies to every result."""
    return json_answer(notice())


@routes.get("/docs", Success(media_type=HTML), allow_roles=EVERYBODY)
def page() -> Response:
    """The documentation of the API as a page."""
    return Response(PAGE, mimetype=HTML)


@routes.get("/docs/<string:name>", Success(media_type=CSS), Success(media_type=SCRIPT), allow_roles=EVERYBODY)
def file_of_page(name: str) -> Response:
    """The styles and scripts of the page."""
    if name == "start.js":
        return Response(START, mimetype=SCRIPT)
    if name not in SWAGGER_FILES:
        abort(404)
    response = Response((SWAGGER_UI / name).read_bytes(), mimetype=SWAGGER_FILES[name])
    response.headers["Cache-Control"] = "private, no-cache"  # not about a person: it may be cached
    return response


@state.get("/health", Success(StateSchema), open_to_all=True)
def health() -> Response:
    """The process responds."""
    return json_answer({"status": "ok"})


@state.get("/ready", Success(ReadySchema), open_to_all=True)
def ready() -> Response:
    """The database has the tables of this version, and the library is complete. If not, an error says why."""
    tables = application().database.check(request_context().store)
    references = [library_reference(library.whole().reference) for library in libraries()]
    return json_answer({"status": "ok", "schema_version": tables, "library": references[0]})
