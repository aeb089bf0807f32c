"""An index of the people whom each entry of the audit is about, made for the entries that name keys."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DIGITS = {"sqlite": "object_key <> ''", "postgresql": "object_key ~ '^[0-9]{1,9}$'"}
# The CASE keeps PostgreSQL from reading anything else as a number or as a list.
KEYS = {
    "sqlite": "json_each(audit.detail, '$.keys')",
    "postgresql": (
        "json_array_elements_text(CASE WHEN json_typeof(audit.detail -> 'keys') = 'array' "
        "THEN audit.detail -> 'keys' ELSE '[]' END)"
    ),
}
LISTED = {"sqlite": "listed", "postgresql": "listed(value)"}
# By what an entry names: the person's key, and what it is joined with.
NAMED = {
    "assessment": ("assessments.person", "JOIN assessments ON assessments.pk = {key}"),
    "override": (
        "assessments.person",
        "JOIN overrides ON overrides.id = {key} JOIN assessments ON assessments.pk = overrides.assessment",
    ),
    "note": (
        "assessments.person",
        "JOIN notes ON notes.id = {key} JOIN assessments ON assessments.pk = notes.assessment",
    ),
    "person": ("people.id", "JOIN people ON people.id = {key}"),
}


def upgrade() -> None:
    op.create_table(
        "audit_people",
        sa.Column("person", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("person", "sequence", name="pk_audit_people"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit_blocks",
        sa.Column("block", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("sequence", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("included", sa.String, nullable=False),
        sa.PrimaryKeyConstraint("block", "sequence", name="pk_audit_blocks"),
    )
    dialect = op.get_bind().dialect.name
    for kind, (person, joined) in NAMED.items():
        key = f"CASE WHEN object_kind = '{kind}' AND {DIGITS[dialect]} THEN CAST(object_key AS INTEGER) END"
        of_kind = f"object_kind = '{kind}' AND object_key <> ''"
        _add(person, f"FROM audit {joined.format(key=key)} WHERE {of_kind}")
    _add(
        "assessments.person",
        f"FROM audit CROSS JOIN {KEYS[dialect]} AS {LISTED[dialect]} "
        "JOIN assessments ON assessments.pk = CAST(listed.value AS INTEGER) "
        "WHERE object_kind IN ('assessment', 'person')",
    )


def downgrade() -> None:
    op.drop_table("audit_blocks")
    op.drop_table("audit_people")


def _add(person: str, rows: str) -> None:
    op.execute(
        f"INSERT INTO audit_people (person, sequence) SELECT DISTINCT {person}, audit.sequence {rows} "
        "ON CONFLICT (person, sequence) DO NOTHING"
    )
