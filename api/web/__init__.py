"""The pages for people. They use the same services as the API. `blueprint` has all routes."""

from api.web import feedback, help, home, replies
from api.web.access import account, administration, login, login_oidc, login_second_factor, offices, users
from api.web.assessments import (
    checking,
    correcting,
    drafting,
    form,
    judging,
    override_review,
    overrides_and_notes,
    person,
    populating,
    result_files,
    topics,
    waiting,
    workbench,
)
from api.web.blueprint import blueprint, problem_page
from api.web.governance import audit, audit_person, erasures, subject_access
from api.web.people import office, office_counts
from api.web.search import bands, results, saved
from api.web.systems import service_accounts
from api.web.transfer import exports

__all__ = [
    "account",
    "administration",
    "audit",
    "audit_person",
    "bands",
    "blueprint",
    "checking",
    "correcting",
    "drafting",
    "erasures",
    "exports",
    "feedback",
    "form",
    "help",
    "home",
    "judging",
    "login",
    "login_oidc",
    "login_second_factor",
    "office",
    "office_counts",
    "offices",
    "override_review",
    "overrides_and_notes",
    "person",
    "populating",
    "problem_page",
    "replies",
    "result_files",
    "results",
    "saved",
    "service_accounts",
    "subject_access",
    "topics",
    "users",
    "waiting",
    "workbench",
]
