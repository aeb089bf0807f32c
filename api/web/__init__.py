"""The pages for people, over the same services as the API. `blueprint` is all of them."""

from api.web import (  # the views that the blueprint shows
    feedback,
    form,
    help,
    home,
    judging,
    lists,
    login,
    login_agency,
    login_code,
    person,
    professional,
    result,
    result_files,
    workbench,
)
from api.web.blueprint import blueprint, problem_page

__all__ = [
    "blueprint",
    "feedback",
    "form",
    "help",
    "home",
    "judging",
    "lists",
    "login",
    "login_agency",
    "login_code",
    "person",
    "problem_page",
    "professional",
    "result",
    "result_files",
    "workbench",
]
