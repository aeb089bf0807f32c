"""Imports as JSON: the columns of their CSV."""

from marshmallow import Schema, fields


class ColumnSchema(Schema):
    name = fields.String(required=True)
    meaning = fields.String(required=True, metadata={"description": "What its cells hold."})
    required = fields.Boolean(required=True, metadata={"description": "Whether the file must have it."})


class ColumnsSchema(Schema):
    """The columns of an import as CSV."""

    columns = fields.List(fields.Nested(ColumnSchema), required=True)
