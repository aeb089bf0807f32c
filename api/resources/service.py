"""The service about itself: the notice, whether it lives and is ready, and the page of its API."""

from pathlib import Path

import flask_swagger_ui
from flask import Response, abort

from api.auth.roles import EVERYBODY
from api.context import application, request_context
from api.resources.routing import PREFIX, Gives, Routes, json_answer
from api.schemas.assessments.answer import library_reference
from api.schemas.description import NoticeSchema, ReadySchema, StateSchema, notice

routes = Routes("service", about="The service about itself.")
state = Routes("state", about="For whoever watches over the service.", prefix="")

HTML = "text/html"
SWAGGER_UI = Path(flask_swagger_ui.__file__).parent / "dist"
CSS, SCRIPT = "text/css", "text/javascript"
# Of Swagger UI nothing but these is served, from the installed package and from nowhere else.
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


@routes.get("/notice", Gives(NoticeSchema), open_to_all=True)
def responsibility() -> Response:
    """What every result must be read with."""
    return json_answer(notice())


@routes.get("/docs", Gives(media_type=HTML), allow_roles=EVERYBODY)
def page() -> Response:
    """This API as a page, served from here alone."""
    return Response(PAGE, mimetype=HTML)


@routes.get("/docs/<string:name>", Gives(media_type=CSS), Gives(media_type=SCRIPT), allow_roles=EVERYBODY)
def file_of_page(name: str) -> Response:
    """The page's style and scripts."""
    if name == "start.js":
        return Response(START, mimetype=SCRIPT)
    if name not in SWAGGER_FILES:
        abort(404)
    response = Response((SWAGGER_UI / name).read_bytes(), mimetype=SWAGGER_FILES[name])
    response.headers["Cache-Control"] = "private, no-cache"  # about nobody: kept, and asked for again
    return response


@state.get("/health", Gives(StateSchema), open_to_all=True)
def health() -> Response:
    """The process answers."""
    return json_answer({"status": "ok"})


@state.get("/ready", Gives(ReadySchema), open_to_all=True)
def ready() -> Response:
    """The database is of this version and the library is whole; otherwise a problem says what is not."""
    tables = application().database.check(request_context().store)
    library = library_reference(application().library.whole().reference)
    return json_answer({"status": "ok", "schema_version": tables, "library": library})
