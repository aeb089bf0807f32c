"""Users and how they sign in: offices, accounts, credentials, sessions, second factors."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Integer, LargeBinary, String, Table

from api.storage.tables.columns import Instant, metadata

# A tree: who sees an office sees the offices below it. The agency is the first office, at the top. An office
# with a code is an area too, where people live and offences happen.
offices = Table(
    "offices",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String, nullable=False, unique=True),
    Column("parent", ForeignKey("offices.id"), index=True),
    Column("code", String, unique=True),
    Column("kind", String),  # of an area: force, ward …
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
    sqlite_autoincrement=True,  # the audit log names users by this key, so it is never reused
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
    Column("prefix", String),  # how its owner recognises it; null for the oldest keys
    Column("scopes", String),  # separated by spaces; null: all
    Column("issued_by", ForeignKey("api_keys.id"), index=True),  # the client secret of a token
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
    Column("notice_version", String),  # of the notice accepted in this session
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
    Column("confirmed_at", Instant),  # null: not in use yet
    Column("last_step", Integer, nullable=False),  # of the last accepted code
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("code_hash", String, primary_key=True),
    Column("used_at", Instant),
)

# Pending logins: the password was right, and the second factor is still needed.
half_logins = Table(
    "half_logins",
    metadata,
    Column("token_hash", String, primary_key=True),
    Column("user_id", ForeignKey("users.id"), nullable=False, index=True),
    Column("expires_at", Instant, nullable=False),
)

# Failed attempts to sign in by name, by origin and by both; the keys are keyed hashes.
failed_attempts = Table(
    "failed_attempts",
    metadata,
    Column("key", String, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

# Where users usually sign in: an attacker's failures elsewhere do not keep them out there.
usual_origins = Table(
    "usual_origins",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("origin", String, primary_key=True),  # a keyed hash
    Column("last_at", Instant, nullable=False, index=True),
)

# Unfinished logins at the agency's OpenID provider.
agency_logins = Table(
    "agency_logins",
    metadata,
    Column("state_hash", String, primary_key=True),
    Column("nonce", String, nullable=False),
    Column("verifier", String, nullable=False),
    Column("wanted", String, nullable=False),
    Column("expires_at", Instant, nullable=False),
)
