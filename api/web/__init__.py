"""The pages for people, over the same services as the API. `blueprint` is all of them."""

from api.web import (  # the views that the blueprint shows
    correcting,
    drafting,
    form,
    judging,
    lists,
    login,
    login_agency,
    login_code,
    populating,
    result,
)
from api.web.blueprint import blueprint, problem_page

__all__ = [
    "blueprint",
    "correcting",
    "drafting",
    "form",
    "judging",
    "lists",
    "login",
    "login_agency",
    "login_code",
    "populating",
    "problem_page",
    "result",
]
