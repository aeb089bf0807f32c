"""Reference libraries: the past cases as a whole, never a single case."""

from flask import Response

from api.auth.roles import EVERYBODY
from api.context import libraries
from api.resources.routing import Routes, Success, json_answer
from api.schemas.description import LibrariesSchema, LibrarySchema, library_document, library_line
from api.services.libraries import find_library

routes = Routes("libraries", about="The past cases that people are compared with.")


@routes.get("/libraries", Success(LibrariesSchema), allow_roles=EVERYBODY)
def listing() -> Response:
    """The libraries in use, one for each instrument. The first is that of the default instrument."""
    return json_answer({"libraries": [library_line(library) for library in libraries()]})


@routes.get("/libraries/<string:version>", Success(LibrarySchema), allow_roles=EVERYBODY)
def one(version: str) -> Response:
    """One library: its source, its labels and the tables for distances."""
    return json_answer(library_document(find_library(version, in_use=libraries())))
