"""The pages for people, over the same services as the API. `blueprint` is all of them."""

from api.web import (  # the views that the blueprint shows
    correcting,
    drafting,
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
    populating,
    professional,
    result,
    result_files,
    workbench,
)
from api.web.blueprint import blueprint, problem_page

__all__ = [
    "blueprint",
    "feedback",
    "correcting",
    "drafting",
    "form",
    "help",
    "home",
    "judging",
    "lists",
    "login",
    "login_agency",
    "login_code",
    "person",
    "populating",
    "problem_page",
    "professional",
    "result",
    "result_files",
    "workbench",
]
