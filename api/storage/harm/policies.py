"""The agency's policy on suspected offences: every decision, on record. The last one is in force."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from api.storage.audit import Audit
from api.storage.tables import harm_policies


@dataclass(frozen=True)
class SuspectPolicy:
    """A decision whether pages show offences that a person is only suspected of."""

    show_suspected: bool
    reason: str
    set_by: str
    set_at: datetime


class SuspectPolicies:
    """The decisions in one transaction."""

    def __init__(self, connection: Connection, audit: Audit) -> None:
        self._connection = connection
        self._audit = audit

    def all(self) -> tuple[SuspectPolicy, ...]:
        """Every decision, the last one first."""
        columns = [harm_policies.c[name] for name in SuspectPolicy.__dataclass_fields__]
        rows = self._connection.execute(select(*columns).order_by(harm_policies.c.id.desc()))
        return tuple(SuspectPolicy(*row) for row in rows)

    def shows_suspected(self) -> bool:
        """Whether they are shown: not until somebody decides so."""
        last = select(harm_policies.c.show_suspected).order_by(harm_policies.c.id.desc()).limit(1)
        return bool(self._connection.scalar(last))

    def add(self, policy: SuspectPolicy) -> None:
        key = self._connection.execute(
            insert(harm_policies).returning(harm_policies.c.id), vars(policy)
        ).scalar_one()
        self._audit.append(
            "harm.policy_set",
            actor=policy.set_by,
            at=policy.set_at,
            object_kind="harm",
            object_key=str(key),
            detail={"show_suspected": int(policy.show_suspected)},
        )
