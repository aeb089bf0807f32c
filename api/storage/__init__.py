"""Everything that speaks SQL. `upgrade` makes or updates the database, `Store` works with it."""

from api.storage.accounts import ApiKey, Session, User
from api.storage.audit import Audit, Head
from api.storage.bulk import Claim, Entry, Group
from api.storage.database import without_password
from api.storage.drafts import Draft
from api.storage.export_options import SavedOptions
from api.storage.exports import PLACES, Columns, Texts
from api.storage.idempotency import Earlier, Once
from api.storage.job_files import JobFiles
from api.storage.jobs import Job, State
from api.storage.migrations import upgrade
from api.storage.offices import Office
from api.storage.saved_filters import SavedFilter
from api.storage.search import Counts
from api.storage.store import Store, Transaction
from api.storage.submissions import ListedSimulation, ListedSubmission
from api.storage.viewer import AGENCY, Reach, Viewer

__all__ = [
    "AGENCY",
    "PLACES",
    "ApiKey",
    "Audit",
    "Claim",
    "Columns",
    "Counts",
    "Draft",
    "Earlier",
    "Entry",
    "Group",
    "Head",
    "Job",
    "JobFiles",
    "ListedSimulation",
    "ListedSubmission",
    "Office",
    "Once",
    "Reach",
    "SavedFilter",
    "SavedOptions",
    "Session",
    "State",
    "Store",
    "Texts",
    "Transaction",
    "User",
    "Viewer",
    "upgrade",
    "without_password",
]
