"""Look for a person by number: straight to the person, or to a list of those whose number begins so.

The number is sent in a form and never stands in the query of a URL.
"""

from dataclasses import dataclass

from flask import render_template, request

from api.context import request_context
from api.services.people.finding import MOST_FOUND, Found, people_found
from api.services.records.person import names_of_numbers
from rms.assessment import number_sought

NOT_A_NUMBER = "Enter an offender number or its first characters: up to 20 letters and numbers."


@dataclass(frozen=True)
class Sought:
    """What was typed, and the number in it; None if it is none."""

    typed: str
    number: str | None

    def found(self) -> Found:
        return Found(()) if self.number is None else people_found(request_context(), self.number)


def sought() -> Sought:
    """What the form of this request looks for."""
    typed = request.form.get("number", "").strip()
    return Sought(typed, number_sought(typed))


def found_page(found: Found, beginning: str, *, endpoint: str, back: str) -> str:
    """The people whose number begins so, each with a link to their page at `endpoint`."""
    names = names_of_numbers(request_context(), [person.number for person in found.people])
    return render_template(
        "people/found.html",
        found=found,
        names=names,
        beginning=beginning,
        endpoint=endpoint,
        back=back,
        most=MOST_FOUND,
    )
