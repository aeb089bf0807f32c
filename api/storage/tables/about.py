"""Which tables tell of people, and which of their rows tell of one person."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, Table, bindparam

PERSON: ColumnElement[int] = bindparam("person", type_=Integer)


@dataclass(frozen=True)
class About:
    """A table that tells of people, and its rows about the person whose key is bound as `person`."""

    table: Table
    rows: ColumnElement[bool]
