"""The pages for people, over the same services as the API. `blueprint` is all of them."""

from api.web import form, lists, login, login_agency, login_code, result  # the views that the blueprint shows
from api.web.blueprint import blueprint, problem_page

__all__ = ["blueprint", "form", "lists", "login", "login_agency", "login_code", "problem_page", "result"]
