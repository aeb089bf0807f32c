"""The store: one road in (`transaction`) and one road out (`reading`)."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

from sqlalchemy import Connection

from api.storage import migrations
from api.storage.access.accounts import Accounts
from api.storage.access.credentials import Credentials
from api.storage.access.offices import Offices
from api.storage.access.oidc_logins import AgencyLogins
from api.storage.access.pending_logins import HalfLogins
from api.storage.access.second_factors import SecondFactors
from api.storage.access.sign_in_attempts import SignIns
from api.storage.assessments.drafts import Drafts
from api.storage.assessments.judgements import Judgements
from api.storage.assessments.notes import Notes
from api.storage.assessments.overrides import Overrides
from api.storage.assessments.submissions import Submissions
from api.storage.audit import Audit
from api.storage.database import reading_engine, writer
from api.storage.feedback import Feedbacks
from api.storage.governance.erasure import Erasures
from api.storage.governance.holds import Holds
from api.storage.governance.personal_records import PersonalRecords
from api.storage.people.caseload import Caseload
from api.storage.people.people import People
from api.storage.replies import Replies
from api.storage.search.bands import Bands
from api.storage.search.saved import SavedByName
from api.storage.search.search import Search
from api.storage.systems.idempotency import Idempotency
from api.storage.systems.outbox import Outbox
from api.storage.systems.webhooks import Webhooks
from api.storage.tables import export_options, saved_filters
from api.storage.transfer.bulk import Bulk
from api.storage.transfer.exports import Exports
from api.storage.transfer.jobs import Jobs
from api.storage.viewer import Viewer
from api.telemetry.metrics import WRITERS
from rms.errors import StorageUnavailable


class Transaction:
    """What may be read and written until the block is left, by subject.

    Of assessments a `viewer` finds those they may see, and each look is noted; without one all are found.
    """

    def __init__(self, connection: Connection, viewer: Viewer | None = None) -> None:
        self.audit = Audit(connection, viewer)
        self.offices = Offices(connection, self.audit)
        self.people = People(connection, self.audit, viewer)
        self.caseload = Caseload(connection, self.audit, viewer)
        self.submissions = Submissions(
            connection, self.audit, people=self.people, caseload=self.caseload, viewer=viewer
        )
        self.accounts = Accounts(connection, self.audit)
        self.credentials = Credentials(connection, self.audit)
        self.drafts = Drafts(connection, self.audit)
        self.idempotency = Idempotency(connection)
        self.jobs = Jobs(connection, self.audit)
        self.bulk = Bulk(connection, self.audit, people=self.people, caseload=self.caseload)
        self.search = Search(connection, viewer)
        self.exports = Exports(connection, viewer)
        self.export_options = SavedByName(
            connection, self.audit, table=export_options, content="options", kind="export_options"
        )
        self.bands = Bands(connection, self.audit)
        self.webhooks = Webhooks(connection, self.audit)
        self.outbox = Outbox(connection)
        self.saved_filters = SavedByName(
            connection, self.audit, table=saved_filters, content="criteria", kind="filter"
        )
        self.personal_records = PersonalRecords(connection)
        self.feedback = Feedbacks(connection, self.audit)
        self.holds = Holds(connection, self.audit)
        self.erasures = Erasures(connection, self.audit)
        self.overrides = Overrides(connection, self.audit, viewer)
        self.notes = Notes(connection, self.audit)
        self.judgements = Judgements(connection, self.audit)
        self.second_factors = SecondFactors(connection, self.audit)
        self.sign_ins = SignIns(connection)
        self.half_logins = HalfLogins(connection)
        self.agency_logins = AgencyLogins(connection)
        self.replies = Replies(connection)


class Store:
    """The database at `url` (`sqlite:////path/to/rms.sqlite`, `postgresql://…`), for any number of threads.

    A process makes its own: connections do not survive a fork.
    """

    def __init__(self, url: str) -> None:
        self._reading = reading_engine(url)
        self._writer = writer(url)
        self._viewer: Viewer | None = None

    def within(self, viewer: Viewer) -> "Store":
        """The same database as this viewer may see it."""
        limited = copy(self)
        limited._viewer = viewer
        return limited

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Read and write; left without an error, all of it is on disk, otherwise none of it ever happened.

        Writers take turns, so nothing slow belongs into the block.

        Raises
        ------
        StorageUnavailable
            If nothing could be written; `StorageFull` and `StorageReadOnly` say why.
        """
        with WRITERS.track_inprogress(), self._writer.transaction() as connection:
            transaction = Transaction(connection, self._viewer)
            yield transaction
            transaction.audit.write()

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """Read one state of the database, whatever is written meanwhile. Writing raises `StorageReadOnly`.

        What a viewer saw is on record when the block has been left: no look without its entry.

        Raises
        ------
        StorageUnavailable
            If the database cannot be read, or the looks could not be noted.
        """
        self._writer.compare_files()
        with self._reading.connect() as connection:
            seen = Transaction(connection, self._viewer)
            yield seen
        if not seen.audit.is_written:
            with self.transaction() as tx:
                seen.audit.hand_over(tx.audit)

    def check(self) -> str:
        """The version of the tables, if records can be read and the tables are those this RMS works with.

        Raises
        ------
        StorageUnavailable
            Otherwise.
        """
        self._writer.check_files()
        with self._reading.connect() as connection:
            if not migrations.is_current(connection):
                raise StorageUnavailable("The database is not of this version: run `rms db upgrade`.")
            Audit(connection).head()
        return migrations.head()

    def empty_log(self) -> None:
        """Let what was deleted go from the write-ahead log too, where the database has one beside it."""
        self._writer.empty_log()

    def close(self) -> None:
        self._writer.close()
        self._reading.dispose()
