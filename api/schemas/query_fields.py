"""Schemas of query strings."""

from marshmallow import Schema, fields

from api.schemas.strict_fields import Flag, OneOf, SafeText


class SubmitQuery(Schema):
    validate_only = Flag(
        load_default=False, metadata={"description": "Only check the body, and store nothing."}
    )


class ComparablesQuery(Schema):
    process: fields.Field[str] = SafeText(longest=64, metadata={"description": "Only this process."})


class PlotQuery(Schema):
    reading = OneOf(
        "simulated",
        "expected",
        load_default="simulated",
        metadata={
            "description": "The needs next to the actual needs. `simulated` compares the item itself too, "
            "`expected` leaves it out."
        },
    )


class ReportQuery(Schema):
    redacted = Flag(
        load_default=False, metadata={"description": "Leave out what identifies the person or staff."}
    )
