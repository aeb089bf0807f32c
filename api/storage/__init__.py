"""Everything that speaks SQL. `upgrade` makes or updates the database, `Store` works with it."""

from api.storage.accounts import ApiKey, Session, User
from api.storage.agency_logins import AgencyLogin
from api.storage.audit import Audit, Head
from api.storage.database import without_password
from api.storage.drafts import Draft
from api.storage.idempotency import Earlier, Once
from api.storage.judgements import Judged
from api.storage.migrations import upgrade
from api.storage.notes import Note
from api.storage.offices import Office
from api.storage.overrides import Override, Practice
from api.storage.saved_filters import SavedFilter
from api.storage.search import Counts
from api.storage.store import Store, Transaction
from api.storage.submissions import ListedSimulation, ListedSubmission
from api.storage.viewer import AGENCY, Reach, Viewer

__all__ = [
    "AgencyLogin",
    "AGENCY",
    "ApiKey",
    "Audit",
    "Counts",
    "Draft",
    "Earlier",
    "Head",
    "Judged",
    "ListedSimulation",
    "ListedSubmission",
    "Note",
    "Office",
    "Once",
    "Override",
    "Practice",
    "Reach",
    "SavedFilter",
    "Session",
    "Store",
    "Transaction",
    "User",
    "Viewer",
    "upgrade",
    "without_password",
]
