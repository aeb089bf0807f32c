"""The pages for people, over the same services as the API. `blueprint` is all of them."""

from api.web import feedback, help, home, replies
from api.web.access import account, administration, login, login_oidc, login_second_factor, offices, users
from api.web.assessments import (
    correcting,
    drafting,
    explanation,
    form,
    judging,
    override_review,
    overrides_and_notes,
    person,
    populating,
    result,
    result_files,
    workbench,
)
from api.web.blueprint import blueprint, problem_page
from api.web.governance import audit, erasures, subject_access
from api.web.people import office, office_counts
from api.web.search import bands, filter, results
from api.web.systems import service_accounts
from api.web.transfer import exports

__all__ = [
    "blueprint",
    "account",
    "admin_bands",
    "admin_erasures",
    "admin_offices",
    "admin_systems",
    "admin_users",
    "administration",
    "office",
    "office_counts",
    "override_review",
    "personal_record",
    "record",
    "feedback",
    "correcting",
    "drafting",
    "explained",
    "exports",
    "filter",
    "form",
    "help",
    "home",
    "judging",
    "login",
    "login_agency",
    "login_code",
    "person",
    "populating",
    "problem_page",
    "professional",
    "replies",
    "result",
    "result_files",
    "workbench",
    "results",
]
