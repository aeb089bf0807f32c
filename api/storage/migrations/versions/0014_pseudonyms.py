"""A pseudonym drawn at random for each person, and the orders that analysts' lists are read in.

`release_date` and scores list equals by pseudonym from now on, so that their order tells neither the numbers
nor who came first.
"""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FROZEN = (
    *("pk", "id", "offender_number", "sequence", "kind", "baseline_id", "based_on", "submitted_at"),
    *("submitted_by", "assessed_on", "sex", "date_of_birth", "release_date", "instrument_name"),
    *("instrument_version", "instrument_sha256", "answers", "unknown", "library_sha256", "engine_version"),
    *("vector", "needs", "sieve"),
)
OF_LATEST: dict[str, Any] = {"sqlite_where": sa.text("latest = 1"), "postgresql_where": sa.text("latest")}
LATEST = "ix_assessments_latest_release_date"
BEFORE = {
    "ix_assessments_release_date_pk": (
        *("release_date", "pk", "sieve", "latest", "kind", "submitted_at", "offender_number"),
    ),
    f"{LATEST}_pk": ("release_date", "pk", "sieve", "latest", "submitted_at", "offender_number"),
}
AFTER = {
    "ix_assessments_release_date_pseudonym": (
        *("release_date", "pseudonym", "pk", "sieve", "latest", "kind", "submitted_at", "offender_number"),
    ),
    f"{LATEST}_pseudonym": (
        *("release_date", "pseudonym", "pk", "sieve", "latest", "submitted_at", "offender_number"),
    ),
    "ix_assessments_pseudonym_pk": (
        *("pseudonym", "pk", "sieve", "latest", "kind", "release_date", "submitted_at", "offender_number"),
    ),
    "ix_assessments_submitted_on_pseudonym": (
        *("submitted_on", "pseudonym", "pk", "sieve", "latest", "kind", "release_date", "submitted_at"),
        "offender_number",
    ),
}
# Both come from a generator that nobody can foretell.
DRAWN = {
    "sqlite": "random() & 9223372036854775807",
    "postgresql": (
        "('x' || left(gen_random_uuid()::text, 8) || right(gen_random_uuid()::text, 8))::bit(64)::bigint "
        "& 9223372036854775807"
    ),
}
DAY = {"sqlite": "date(submitted_at)", "postgresql": "(submitted_at AT TIME ZONE 'UTC')::date"}


def upgrade() -> None:
    dialect = op.get_bind().dialect.name
    _drop_indexes(BEFORE)
    _let_alter()
    for table in ("offenders", "assessments", "shown_scores"):
        op.add_column(table, sa.Column("pseudonym", sa.BigInteger, server_default="0", nullable=False))
    op.add_column(
        "assessments", sa.Column("submitted_on", sa.Date, server_default="1970-01-01", nullable=False)
    )
    op.execute(f"UPDATE offenders SET pseudonym = {DRAWN[dialect]}")
    op.execute(
        f"UPDATE assessments SET submitted_on = {DAY[dialect]}, pseudonym = offenders.pseudonym "
        "FROM offenders WHERE offenders.offender_number = assessments.offender_number"
    )
    op.execute(
        "UPDATE shown_scores SET pseudonym = assessments.pseudonym "
        "FROM assessments WHERE assessments.pk = shown_scores.assessment"
    )
    _refuse_to_alter(*FROZEN, "pseudonym", "submitted_on")
    op.create_index("ix_offenders_pseudonym", "offenders", ["pseudonym"], unique=True)
    _create_indexes(AFTER)
    op.create_index(
        "ix_shown_scores_process", "shown_scores", ["process", "hundredths", "pseudonym", "assessment"]
    )


def downgrade() -> None:
    _drop_indexes(AFTER)
    _let_alter()
    op.drop_index("ix_offenders_pseudonym", "offenders")
    for table in ("offenders", "assessments", "shown_scores"):
        op.drop_column(table, "pseudonym")
    op.drop_column("assessments", "submitted_on")
    _refuse_to_alter(*FROZEN)
    _create_indexes(BEFORE)
    op.create_index("ix_shown_scores_process", "shown_scores", ["process", "hundredths", "assessment"])


def _drop_indexes(indexes: Mapping[str, tuple[str, ...]]) -> None:
    for name in indexes:
        op.drop_index(name, "assessments")
    op.drop_index("ix_shown_scores_process", "shown_scores")


def _create_indexes(indexes: Mapping[str, tuple[str, ...]]) -> None:
    for name, columns in indexes.items():
        op.create_index(name, "assessments", list(columns), **(OF_LATEST if name.startswith(LATEST) else {}))


def _let_alter() -> None:
    op.execute("DROP TRIGGER assessments_never_altered" + (" ON assessments" if _is_postgresql() else ""))


def _refuse_to_alter(*columns: str) -> None:
    refuse = (
        "FOR EACH ROW EXECUTE FUNCTION refuse()"
        if _is_postgresql()
        else "BEGIN SELECT RAISE(ABORT, 'assessments never altered'); END"
    )
    op.execute(
        "CREATE TRIGGER assessments_never_altered "
        f"BEFORE UPDATE OF {', '.join(columns)} ON assessments {refuse}"
    )


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
