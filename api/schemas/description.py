"""Instruments, libraries, the notice and the state of the service as JSON."""

from typing import Any

from marshmallow import Schema, fields

from api.schemas.answer_fields import text
from api.schemas.assessments.answer import LibraryReferenceSchema, library_reference
from api.schemas.json_body import Json
from api.services.libraries_in_use import Libraries
from api.services.library_in_use import LibraryInUse
from rms.instrument import Instrument, Item, ItemKind, Level, Process, Source
from rms.reports import wording


def instrument_line(instrument: Instrument, *, in_use: Libraries) -> Json:
    used = [library.instrument.name for library in in_use if library.is_described]
    return {
        "name": instrument.name,
        "version": instrument.version,
        "title": instrument.title,
        "in_use": instrument.name in used,
        "default": instrument.name in used[:1],
    }


def instrument_document(instrument: Instrument, *, in_use: Libraries) -> Json:
    """Everything a form needs, and the meaning of actual 1 and 2."""
    return {
        **instrument_line(instrument, in_use=in_use),
        "description": instrument.description,
        "sections": [{"code": code, "label": label} for code, label in instrument.sections.items()],
        "items": [_item(item) for item in instrument.items],
        "needs": [vars(need) for need in instrument.needs],
        "processes": [_process(process) for process in instrument.processes],
    }


def library_line(library: LibraryInUse) -> Json:
    manifest = library.manifest
    return {
        **library_reference(library.reference),
        "policy": library.reference.policy,
        "instrument": {"name": library.instrument.name, "version": library.instrument.version},
        "cases": manifest.get("cases"),
        "period": manifest.get("period"),
        "in_use": True,
    }


def library_document(library: LibraryInUse) -> Json:
    """The whole manifest: the source, the labels, and the constants and tables for distances."""
    return {**library_line(library), "manifest": dict(library.manifest)}


def notice() -> Json:
    return {"version": wording.NOTICE_VERSION, "notice": wording.NOTICE}


def _item(item: Item) -> Json:
    return {
        "code": item.code,
        "label": item.label,
        "question": item.question,
        "kind": item.kind,
        "section": item.section,
        "source": item.source,
        "levels": [_level(level) for level in item.levels],
        "minimum": item.minimum,
        "maximum": item.maximum,
        "whole": not (item.levels or item.takes_fractions),
        "unit": item.unit,
        "required": item.required,
        "unknown_allowed": item.unknown_allowed,
        "dynamic": item.dynamic,
        "need": item.need,
    }


def _level(level: Level) -> Json:
    return {"value": level.value, "label": level.label, "anchor": level.anchor}


def _process(process: Process) -> Json:
    actual_1, actual_2 = wording.definition_sentence(process)
    return {"code": process.code, "label": process.label, "actual_1": actual_1, "actual_2": actual_2}


# Schemas of the description ------------------------------------------------


def _maybe(field: type[fields.Field[Any]], **metadata: Any) -> fields.Field[Any]:
    return field(required=True, allow_none=True, metadata=metadata)


class CodeSchema(Schema):
    code = text()
    label = text()


class LevelSchema(Schema):
    value = fields.Raw(required=True, metadata={"type": ["integer", "string"]})
    label = text()
    anchor = text(description="How a person at this level behaves.")


class ItemSchema(CodeSchema):
    question = text()
    kind = text(enum=[str(kind) for kind in ItemKind])
    section = text()
    source = text(
        enum=[str(source) for source in Source],
        description="A question of the form (answer), or calculated from the identification.",
    )
    levels = fields.List(fields.Nested(LevelSchema), required=True)
    minimum = _maybe(fields.Float)
    maximum = _maybe(fields.Float)
    whole = fields.Boolean(
        required=True, metadata={"description": "Whether the answer must be a whole number."}
    )
    unit = _maybe(fields.String)
    required = fields.Boolean(required=True)
    unknown_allowed = fields.Boolean(required=True)
    dynamic = fields.Boolean(required=True, metadata={"description": "Whether the answer can change."})
    need = _maybe(fields.String)


class NeedNameSchema(CodeSchema):
    item = text()


class ProcessSchema(CodeSchema):
    actual_1 = text(description="The meaning of an actual of 1.")
    actual_2 = text(description="The meaning of an actual of 2.")


class InstrumentLineSchema(Schema):
    name = text()
    version = text()
    title = text()
    in_use = fields.Boolean(
        required=True, metadata={"description": "Whether assessments can be made with it: it has a library."}
    )
    default = fields.Boolean(
        required=True,
        metadata={"description": "Whether an assessment that names no instrument is made with it."},
    )


class InstrumentSchema(InstrumentLineSchema):
    """The questions of a form."""

    description = text()
    sections = fields.List(fields.Nested(CodeSchema), required=True)
    items = fields.List(fields.Nested(ItemSchema), required=True)
    needs = fields.List(fields.Nested(NeedNameSchema), required=True)
    processes = fields.List(fields.Nested(ProcessSchema), required=True)


class InstrumentsSchema(Schema):
    instruments = fields.List(fields.Nested(InstrumentLineSchema), required=True)


class InstrumentNameSchema(Schema):
    name = text()
    version = text()


class LibraryLineSchema(Schema):
    name = text()
    version = text()
    sha256 = text()
    synthetic = fields.Boolean(required=True)
    policy = text(enum=["pool", "nearest"])
    instrument = fields.Nested(InstrumentNameSchema, required=True)
    cases = _maybe(fields.Integer)
    period = _maybe(fields.String)
    in_use = fields.Boolean(required=True)


class LibrarySchema(LibraryLineSchema):
    """The past cases that people are compared with, and how similarity is measured."""

    manifest = fields.Dict(required=True)


class LibrariesSchema(Schema):
    libraries = fields.List(fields.Nested(LibraryLineSchema), required=True)


class NoticeSchema(Schema):
    version = text()
    notice = text()


class StateSchema(Schema):
    status = text(enum=["ok"])


class ReadySchema(StateSchema):
    """The versions that the service uses."""

    schema_version = text(description="The version of the database tables.")
    library = fields.Nested(LibraryReferenceSchema, required=True)
