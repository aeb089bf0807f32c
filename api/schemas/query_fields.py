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
            "description": "The values next to the needs as rated. `simulated` compares the item itself too, "
            "`expected` leaves it out."
        },
    )
    labels = OneOf(
        "names",
        "codes",
        load_default="names",
        metadata={
            "description": "`names` draws a row for each need with its name, `codes` upright bars over codes."
        },
    )


class InstrumentQuery(Schema):
    instrument = SafeText(
        longest=64,
        metadata={"description": "An instrument that is in use. Without it, the default one."},
    )


class ReportQuery(Schema):
    redacted = Flag(
        load_default=False, metadata={"description": "Leave out what identifies the person or staff."}
    )
