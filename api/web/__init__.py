"""The pages for people, over the same services as the API. `blueprint` is all of them."""

from api.web import (  # the views that the blueprint shows
    exports,
    filter,
    form,
    judging,
    lists,
    login,
    login_agency,
    login_code,
    result,
    results,
)
from api.web.blueprint import blueprint, problem_page

__all__ = [
    "blueprint",
    "exports",
    "filter",
    "form",
    "judging",
    "lists",
    "login",
    "login_agency",
    "login_code",
    "problem_page",
    "result",
    "results",
]
