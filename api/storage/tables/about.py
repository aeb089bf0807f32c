"""Which tables tell of people, and which of their rows tell of one person."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, String, Table, bindparam, or_

NUMBER: ColumnElement[str] = bindparam("number", type_=String)


@dataclass(frozen=True)
class About:
    """A table that tells of people, and its rows about the person whose `number` is bound."""

    table: Table
    rows: ColumnElement[bool]


def quoted(text: ColumnElement[str]) -> ColumnElement[bool]:
    """Whether JSON holds the number, or an id of the person's assessments, as a text of its own."""
    return or_(text.contains('"' + NUMBER + '"'), text.contains('"' + NUMBER + "-"))
