"""No page leads to an address that is longer than what the server reads: it would be refused unread."""

from http import HTTPStatus

from flask import Response

from api.config import LONGEST_REQUEST_LINE
from api.errors import Refusal
from api.web.blueprint import blueprint, problem_page

LONGEST = LONGEST_REQUEST_LINE - len("GET  HTTP/1.1")
TOO_LONG = Refusal(
    status=HTTPStatus.UNPROCESSABLE_ENTITY,
    code="invalid_input",
    title="There is too much text, or too much was chosen",
    detail="The next page would have an address that is too long for RMS. What you had saved is still saved. "
    "Go back, and enter less text or choose fewer items.",
)


def fits(address: str) -> bool:
    """Whether the server reads a request for this address.

    >>> fits("/harm?home_area=1"), fits("/harm?home_area=" + 5_000 * "1")
    (True, False)
    """
    return len(address.encode()) <= LONGEST


@blueprint.after_app_request
def refuse_long_address(response: Response) -> Response:
    """In place of a redirect that would end at the server, a page that says what to do."""
    location = response.location
    if location is None or not location.startswith("/") or fits(location):
        return response
    response.set_data(problem_page(TOO_LONG).get_data())
    response.status_code = TOO_LONG.status
    del response.location
    return response
