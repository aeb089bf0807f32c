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
from api.web.governance import audit, audit_person, erasures, holds, subject_access
from api.web.harm import domestic_abuse, listing, offences, policy, practice, score
from api.web.harm import shares as band_shares
from api.web.maps import listed as harm_map
from api.web.maps import person as person_map
from api.web.meetings import comparisons, meeting, minutes, recommending, schedules
from api.web.network import associations, list_network
from api.web.people import office, office_counts
from api.web.prediction import figures as prediction_figures
from api.web.prediction import listing as predictions
from api.web.prediction import person as person_prediction
from api.web.prediction import versions as prediction_versions
from api.web.records import duplicates, person_office
from api.web.records import records as case_records  # not to hide the package
from api.web.rules import book
from api.web.search import bands, results, saved
from api.web.support import (
    coverage,
    guide,
    help_requests,
    logic_model,
    service_notes,
    surveys,
    training,
    usage,
)
from api.web.systems import service_accounts
from api.web.transfer import exports

__all__ = [
    "book",
    "account",
    "administration",
    "associations",
    "audit",
    "audit_person",
    "band_shares",
    "bands",
    "blueprint",
    "checking",
    "comparisons",
    "correcting",
    "coverage",
    "domestic_abuse",
    "drafting",
    "duplicates",
    "erasures",
    "exports",
    "feedback",
    "form",
    "guide",
    "harm_map",
    "help",
    "help_requests",
    "holds",
    "home",
    "judging",
    "list_network",
    "listing",
    "meeting",
    "minutes",
    "logic_model",
    "login",
    "login_oidc",
    "login_second_factor",
    "offences",
    "office",
    "office_counts",
    "offices",
    "override_review",
    "overrides_and_notes",
    "person",
    "person_map",
    "person_office",
    "policy",
    "practice",
    "person_prediction",
    "populating",
    "prediction_figures",
    "prediction_versions",
    "predictions",
    "problem_page",
    "recommending",
    "case_records",
    "replies",
    "result_files",
    "results",
    "saved",
    "schedules",
    "score",
    "service_accounts",
    "service_notes",
    "subject_access",
    "surveys",
    "topics",
    "training",
    "usage",
    "users",
    "waiting",
    "workbench",
]
