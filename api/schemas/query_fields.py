"""What may stand behind the question mark."""

from marshmallow import Schema, fields

from api.schemas.strict_fields import Flag, OneOf, SafeText


class SubmitQuery(Schema):
    validate_only = Flag(
        load_default=False, metadata={"description": "Say what is wrong with the body, and store nothing."}
    )


class ComparablesQuery(Schema):
    process: fields.Field[str] = SafeText(longest=64, metadata={"description": "Of this process only."})


class PlotQuery(Schema):
    reading = OneOf(
        "simulated",
        "expected",
        load_default="simulated",
        metadata={"description": "Beside the actual needs: with the item itself compared, or left out."},
    )


class ReportQuery(Schema):
    redacted = Flag(load_default=False, metadata={"description": "Leave out what names the person."})
