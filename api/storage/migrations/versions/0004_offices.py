"""Offices, who belongs to which, who works with whom; the notice accepted after each login."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
AGENCY = 1


def upgrade() -> None:
    offices = op.create_table(
        "offices",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("name", sa.String, nullable=False),
        sa.Column("parent", sa.Integer),
        sa.PrimaryKeyConstraint("id", name="pk_offices"),
        sa.ForeignKeyConstraint(["parent"], ["offices.id"], name="fk_offices_parent"),
        sa.UniqueConstraint("name", name="uq_offices_name"),
    )
    op.create_index("ix_offices_parent", "offices", ["parent"])
    op.bulk_insert(offices, [{"name": "Agency", "parent": None}])  # the first: AGENCY
    _belong("users", numbered=True)
    _belong("offenders")
    op.create_index("ix_offenders_office", "offenders", ["office"])
    with op.batch_alter_table(
        "sessions", recreate="auto" if op.get_bind().dialect.name == "postgresql" else "always"
    ) as sessions:
        sessions.add_column(sa.Column("notice_version", sa.String))
    op.create_table(
        "notice_acceptances",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("version", sa.String, nullable=False),
        sa.Column("accepted_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_notice_acceptances"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_notice_acceptances_user_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_notice_acceptances_user_id", "notice_acceptances", ["user_id"])
    op.create_table(
        "caseload",
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("offender_number", sa.String, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "offender_number", name="pk_caseload"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_caseload_user_id"),
        sa.ForeignKeyConstraint(
            ["offender_number"], ["offenders.offender_number"], name="fk_caseload_offender_number"
        ),
    )
    op.create_index("ix_caseload_offender_number", "caseload", ["offender_number"])
    _give_to_whoever_submitted()
    op.create_index("ix_assessments_submitted_by_pk", "assessments", ["submitted_by", "pk"])


def downgrade() -> None:
    op.drop_index("ix_assessments_submitted_by_pk", "assessments")
    op.drop_table("caseload")
    op.drop_table("notice_acceptances")
    with op.batch_alter_table("sessions") as sessions:
        sessions.drop_column("notice_version")
    op.drop_index("ix_offenders_office", "offenders")
    _belong_no_longer("offenders")
    _belong_no_longer("users", numbered=True)
    op.drop_table("offices")


def _belong(table: str, *, numbered: bool = False) -> None:
    """Everything there is belongs to the agency itself, until somebody says otherwise."""
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": numbered}) as altered:
        altered.add_column(sa.Column("office", sa.Integer))
    op.execute(f"UPDATE {table} SET office = {AGENCY}")
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": numbered}) as altered:
        altered.alter_column("office", existing_type=sa.Integer, nullable=False)
        altered.create_foreign_key(f"fk_{table}_office", "offices", ["office"], ["id"])


def _belong_no_longer(table: str, *, numbered: bool = False) -> None:
    with op.batch_alter_table(table, table_kwargs={"sqlite_autoincrement": numbered}) as altered:
        altered.drop_constraint(f"fk_{table}_office", type_="foreignkey")
        altered.drop_column("office")


def _give_to_whoever_submitted() -> None:
    """So far nobody's view was limited: case workers keep the people they have assessed."""
    op.execute(
        "INSERT INTO caseload (user_id, offender_number, since) "
        "SELECT users.id, assessments.offender_number, min(assessments.submitted_at) "
        "FROM assessments JOIN users ON users.username = assessments.submitted_by "
        "WHERE users.role = 'case_worker' GROUP BY users.id, assessments.offender_number"
    )
