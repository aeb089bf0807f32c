"""Everything that speaks SQL. `upgrade` makes or updates the database, `Store` works with it."""

from api.storage.accounts import Session, User
from api.storage.audit import Audit, Entry, Head
from api.storage.audit_search import Sought
from api.storage.credentials import Credential
from api.storage.credentials import Kind as CredentialKind
from api.storage.database import rewrite, without_password
from api.storage.drafts import Draft
from api.storage.erasure import ErasureRequest
from api.storage.holds import Hold
from api.storage.idempotency import Earlier, Once
from api.storage.migrations import upgrade
from api.storage.offices import Office
from api.storage.outbox import Delivery
from api.storage.saved_filters import SavedFilter
from api.storage.search import Counts
from api.storage.store import Store, Transaction
from api.storage.submissions import ListedSimulation, ListedSubmission
from api.storage.viewer import AGENCY, Reach, Viewer
from api.storage.webhooks import Webhook

__all__ = [
    "AGENCY",
    "Audit",
    "Counts",
    "Credential",
    "CredentialKind",
    "Delivery",
    "Draft",
    "Earlier",
    "Entry",
    "ErasureRequest",
    "Head",
    "Hold",
    "ListedSimulation",
    "ListedSubmission",
    "Office",
    "Once",
    "Reach",
    "SavedFilter",
    "Session",
    "Sought",
    "Store",
    "Transaction",
    "User",
    "Viewer",
    "Webhook",
    "rewrite",
    "upgrade",
    "without_password",
]
