"""What cannot be found in an assessment, in the indexes that searches walk along; numbers compared as bytes.

Offender numbers sort alike on both databases from now on, and on PostgreSQL a beginning of one is a range
of its index.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from api.storage.bucket_mask import ANYTHING, of_figures

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BATCH = 5000
FROZEN = (
    *("pk", "id", "offender_number", "sequence", "kind", "baseline_id", "based_on", "submitted_at"),
    *("submitted_by", "assessed_on", "sex", "date_of_birth", "release_date", "instrument_name"),
    *("instrument_version", "instrument_sha256", "answers", "unknown", "library_sha256", "engine_version"),
    *("vector", "needs"),
)
BEFORE = {
    "submitted_at": ("kind", "latest", "release_date"),
    "release_date": ("kind", "latest", "submitted_at"),
    "offender_number": ("kind", "latest", "release_date"),
}
AFTER = {
    "submitted_at": ("sieve", "latest", "kind", "release_date", "offender_number"),
    "release_date": ("sieve", "latest", "kind", "submitted_at", "offender_number"),
    "offender_number": ("sieve", "latest", "kind", "release_date", "submitted_at"),
}
NUMBERED = ("offenders", "caseload", "assessments", "holds", "erasures")


def upgrade() -> None:
    _drop_indexes()
    _let_alter()
    op.add_column(
        "assessments",
        sa.Column("sieve", sa.BigInteger, server_default=str(ANYTHING), nullable=False),
    )
    _fill()
    _collate('"C"')
    _refuse_to_alter(*FROZEN, "sieve")
    _create_indexes(AFTER)


def downgrade() -> None:
    _drop_indexes()
    _let_alter()
    op.drop_column("assessments", "sieve")
    _collate('"default"')
    _refuse_to_alter(*FROZEN)
    _create_indexes(BEFORE)


def _drop_indexes() -> None:
    for first in BEFORE:
        op.drop_index(f"ix_assessments_{first}_pk", "assessments")


def _create_indexes(rest: Mapping[str, tuple[str, ...]]) -> None:
    for first, others in rest.items():
        op.create_index(f"ix_assessments_{first}_pk", "assessments", [first, "pk", *others])


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


def _collate(name: str) -> None:
    """SQLite compares bytes anyway."""
    for table in NUMBERED if _is_postgresql() else ():
        op.execute(f"ALTER TABLE {table} ALTER offender_number TYPE VARCHAR COLLATE {name}")


def _fill() -> None:
    table = sa.table("assessments", sa.column("pk"), sa.column("sieve"))
    update = sa.update(table).where(table.c.pk == sa.bindparam("key")).values(sieve=sa.bindparam("bits"))
    for some in _sieves():
        op.get_bind().execute(update, some)


def _sieves() -> Iterator[list[dict[str, int]]]:
    last = op.get_bind().scalar(sa.text("SELECT max(pk) FROM assessments")) or 0
    for first in range(1, last + 1, BATCH):
        scores, needs = _shown("shown_scores", first), _shown("shown_needs", first)
        if scores or needs:
            yield [{"key": key, "bits": of_figures(scores[key], needs[key])} for key in {*scores, *needs}]


def _shown(table: str, first: int) -> dict[int, list[Any]]:
    of, shown = {"shown_scores": ("process", "hundredths"), "shown_needs": ("need", "percent")}[table]
    found = op.get_bind().execute(
        sa.text(f"SELECT assessment, {of}, {shown} FROM {table} WHERE assessment BETWEEN :first AND :last"),
        {"first": first, "last": first + BATCH - 1},
    )
    rows = defaultdict(list)
    for key, code, figure in found:
        rows[key].append((code, figure))
    return rows


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"
