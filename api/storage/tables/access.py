"""Users and how they sign in: offices, accounts, credentials, sessions, second factors."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, String, Table

from api.storage.tables.columns import Instant, metadata

# A tree: whoever sees an office sees those below it. The agency itself is the first, and above all.
offices = Table(
    "offices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("parent", ForeignKey("offices.id"), index=True),
)

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String, nullable=False, unique=True),
    Column("password_hash", String, nullable=False),
    Column("role", String, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("office", ForeignKey("offices.id"), nullable=False),
    sqlite_autoincrement=True,  # the audit names users by this key, so it is never given twice
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("name", String, nullable=False),
    Column("key_hash", String, nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    Column("kind", String, nullable=False),
    Column("prefix", String),  # how its owner recognises it; none was kept of the first ones
    Column("scopes", String),  # with spaces between them; null: all
    Column("issued_by", ForeignKey("api_keys.id"), index=True),  # the secret that a token was asked for with
    CheckConstraint("kind IN ('key', 'secret', 'token')", name="kind"),
    sqlite_autoincrement=True,
)

sessions = Table(
    "sessions",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("last_seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("notice_version", String),  # of the notice accepted since this login
)

notice_acceptances = Table(
    "notice_acceptances",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("version", String, nullable=False),
    Column("accepted_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True, autoincrement=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("begun_at", Instant, nullable=False),
    Column("confirmed_at", Instant),  # none: begun, and not yet asked for
    Column("last_step", Integer, nullable=False),  # of the last code that was accepted
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("code_hash", String, primary_key=True),
    Column("used_at", Instant),
)

# The password was right, and something is still to be shown: no session yet.
half_logins = Table(
    "half_logins",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
)

# How often a name, an origin or both together failed to sign in; each of them stands as a keyed hash.
failed_attempts = Table(
    "failed_attempts",
    metadata,
    Column("key", String, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# Where users sign in: a stranger's failures elsewhere do not keep them out there.
usual_origins = Table(
    "usual_origins",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("origin", String, primary_key=True),  # a keyed hash
    Column("last_at", Instant, nullable=False, index=True),
)

# Somebody was sent to the agency's own login, and has not come back yet.
agency_logins = Table(
    "agency_logins",
    metadata,
    Column("state_hash", String, primary_key=True),
    Column("nonce", String, nullable=False),
    Column("verifier", String, nullable=False),
    Column("wanted", String, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
