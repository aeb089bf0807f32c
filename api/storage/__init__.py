"""Everything that speaks SQL. `upgrade` makes or updates the database, `Store` works with it."""

from api.storage.accounts import Session, User
from api.storage.audit import Audit, Head
from api.storage.credentials import Credential
from api.storage.credentials import Kind as CredentialKind
from api.storage.database import without_password
from api.storage.drafts import Draft
from api.storage.idempotency import Earlier, Once
from api.storage.migrations import upgrade
from api.storage.outbox import Delivery
from api.storage.saved_filters import SavedFilter
from api.storage.search import Counts
from api.storage.store import Store, Transaction
from api.storage.submissions import Cursor, ListedSimulation, ListedSubmission
from api.storage.webhooks import Webhook

__all__ = [
    "Audit",
    "Counts",
    "Credential",
    "CredentialKind",
    "Cursor",
    "Delivery",
    "Draft",
    "Earlier",
    "Head",
    "ListedSimulation",
    "ListedSubmission",
    "Once",
    "SavedFilter",
    "Session",
    "Store",
    "Transaction",
    "User",
    "Webhook",
    "upgrade",
    "without_password",
]
