"""Persons as such: whether there is one, and that nobody else changes anything about them meanwhile."""

from sqlalchemy import Connection, select

from api.storage.tables import assessments, offenders


class People:
    """Persons as one transaction sees them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, number: str) -> int | None:
        """The key of the person's first assessment, by which the audit names them; None: there is nobody.

        Until the transaction ends nobody else holds, erases or assesses them.
        """
        locked = select(offenders).where(offenders.c.offender_number == number).with_for_update()
        if self._connection.execute(locked).first() is None:
            return None
        return self.first_key(number)

    def first_key(self, number: str) -> int | None:
        chosen = select(assessments.c.pk).where(assessments.c.offender_number == number)
        return self._connection.scalar(chosen.order_by(assessments.c.sequence).limit(1))
