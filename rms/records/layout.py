"""The files of an import folder: what each column means and accepts.

Reading, writing, `docs/people.md` and the schema of the API all come from this table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from rms.people.sexes import SEXES
from rms.records.choices import (
    AREA_KINDS,
    ASSOCIATION_KINDS,
    COHORTS,
    DRUG_MARKERS,
    GRADES,
    MAPPA_LEVELS,
    OUTCOMES,
    REGISTRATION_KINDS,
    SENTENCE_KINDS,
    STAGES,
)
from rms.records.rows import (
    AreaRow,
    AssociationRow,
    DrugMarkerRow,
    IntelligenceRow,
    OffenceRow,
    PersonRow,
    PlanRow,
    RegistrationRow,
    SentenceRow,
)

LONGEST_ID, LONGEST_TEXT, LONGEST_LINK = 64, 200, 500  # characters


class Kind(StrEnum):
    """What the cells of a column hold."""

    ID = "ID"
    TEXT = "text"
    DAY = "day"
    CHOICE = "choice"
    YES_NO = "yes or no"
    CODE = "offence code"
    OFFENDER_NUMBER = "offender number"
    COORDINATE = "degrees"
    WHOLE_NUMBER = "whole number"
    LINK = "link"


@dataclass(frozen=True)
class Column:
    """A column of a file.

    `refers_to` is the file that has the ID in its first column. A day that is `past` cannot lie after the day
    of the data. `highest` is None if a whole number has no upper limit.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    refers_to: str = ""
    past: bool = False
    lowest: int = 0
    highest: int | None = None
    field: str = ""  # of the row, if its name differs

    @property
    def attribute(self) -> str:
        """The field of the row that holds the value."""
        return self.field or self.name

    @property
    def accepts(self) -> str:
        """What a cell may contain, in words."""
        if self.kind is Kind.CHOICE:
            return ", ".join(self.choices)
        if self.kind is Kind.WHOLE_NUMBER:
            bounds = f"from {self.lowest}" if self.highest is None else f"{self.lowest} to {self.highest}"
            return f"a whole number {bounds}"
        if self.kind is Kind.ID and self.refers_to:
            return f"an ID from {self.refers_to}"
        return ACCEPTS[self.kind]


ACCEPTS: Mapping[Kind, str] = {
    Kind.ID: f"an ID of up to {LONGEST_ID} characters",
    Kind.TEXT: f"text of up to {LONGEST_TEXT} characters",
    Kind.DAY: "a day",
    Kind.YES_NO: "yes, no",
    Kind.CODE: "a Home Office code such as 028/03 or 02803, or another offence code",
    Kind.OFFENDER_NUMBER: "1 to 20 letters and numbers",
    Kind.COORDINATE: "degrees, with a point as decimal mark",
    Kind.LINK: f"an https address of up to {LONGEST_LINK} characters",
}


@dataclass(frozen=True)
class FileLayout:
    """A file of an import folder. Its first column is the source's own ID of the row.

    If it is `personal`, no message repeats any of its values.
    """

    name: str
    meaning: str
    row: type[Any]
    columns: tuple[Column, ...]
    personal: bool = False

    @property
    def id_column(self) -> Column:
        return self.columns[0]

    def column(self, name: str) -> Column | None:
        return next((column for column in self.columns if column.name == name), None)


def _person(meaning: str = "The person whom the row is about.") -> Column:
    return Column("person", Kind.ID, meaning, required=True, refers_to="people")


def _id(name: str, meaning: str) -> Column:
    return Column(name, Kind.ID, meaning, required=True)


def _choice(name: str, choices: tuple[str, ...], meaning: str, *, required: bool = True) -> Column:
    return Column(name, Kind.CHOICE, meaning, required=required, choices=choices)


def _from(meaning: str, *, required: bool) -> Column:
    return Column("from", Kind.DAY, meaning, required=required, field="from_day")


def _to(meaning: str = "The last day. Blank: still in force.") -> Column:
    return Column("to", Kind.DAY, meaning, field="to_day")


# In the order in which they are imported: a file refers only to itself and to files before it.
LAYOUT: Mapping[str, FileLayout] = {
    file.name: file
    for file in (
        FileLayout(
            "areas",
            "Areas of the force, from the force itself down to wards.",
            AreaRow,
            (
                _id("area", "The area’s code."),
                Column("name", Kind.TEXT, "The area’s name.", required=True),
                _choice("kind", AREA_KINDS, "What the area is."),
                Column("parent", Kind.ID, "The larger area that this area is part of.", refers_to="areas"),
            ),
        ),
        FileLayout(
            "people",
            "One row for each person in the source system.",
            PersonRow,
            (
                _id("person", "The source system’s own ID of the person."),
                Column("forename", Kind.TEXT, "All forenames."),
                Column("surname", Kind.TEXT, "The surname, or the only name.", required=True),
                Column(
                    "date_of_birth",
                    Kind.DAY,
                    "The date of birth. 1900-01-01 and 1970-01-01 count as not known.",
                    past=True,
                ),
                _choice("sex", SEXES, "The person’s sex.", required=False),
                Column("home_area", Kind.ID, "The area where the person lives.", refers_to="areas"),
                Column(
                    "pnc",
                    Kind.TEXT,
                    "The PNC number. RMS keeps it as written, and matches it only if it is valid.",
                ),
                Column(
                    "cro",
                    Kind.TEXT,
                    "The CRO number. RMS keeps it as written, and matches it only if it is valid.",
                ),
                Column("offender_number", Kind.OFFENDER_NUMBER, "The offender number in RMS."),
                Column("nationality", Kind.TEXT, "The nationality. No score, list or page uses it."),
                Column("in_custody", Kind.YES_NO, "Whether the person is in custody on the day of the data."),
                Column("custody_from", Kind.DAY, "The first day of this time in custody."),
                Column("release_date", Kind.DAY, "The day of release, or the expected one."),
                Column("deceased_on", Kind.DAY, "The day of death.", past=True),
                Column("record_link", Kind.LINK, "The address of the record in the source system."),
            ),
            personal=True,
        ),
        FileLayout(
            "offences",
            "One row for each offence of a person, even if they are only suspected of it.",
            OffenceRow,
            (
                _id("offence", "The source system’s own ID of the offence."),
                _person("The person who committed the offence or is suspected of it."),
                Column("code", Kind.CODE, "The offence code.", required=True),
                Column("date", Kind.DAY, "The day of the offence.", required=True, past=True, field="day"),
                Column("area", Kind.ID, "The area of the offence.", refers_to="areas"),
                Column("latitude", Kind.COORDINATE, "Degrees north (WGS 84)."),
                Column("longitude", Kind.COORDINATE, "Degrees east (WGS 84); west is negative."),
                _choice("stage", STAGES, "How far the case has gone.", required=False),
                Column(
                    "outcome",
                    Kind.WHOLE_NUMBER,
                    "The Home Office outcome number.",
                    lowest=OUTCOMES[0],
                    highest=OUTCOMES[-1],
                ),
                Column("domestic_abuse", Kind.YES_NO, "Whether the offence is flagged as domestic abuse."),
            ),
        ),
        FileLayout(
            "sentences",
            "Sentences of the courts.",
            SentenceRow,
            (
                _id("sentence", "The source system’s own ID of the sentence."),
                _person(),
                Column(
                    "offence", Kind.ID, "The offence for which the sentence was passed.", refers_to="offences"
                ),
                _choice("kind", SENTENCE_KINDS, "The kind of sentence."),
                Column("sentenced_on", Kind.DAY, "The day of the sentence.", required=True, past=True),
                _from("The first day of the sentence.", required=False),
                _to("The last day. Blank: not ended, or not known."),
            ),
        ),
        FileLayout(
            "registrations",
            "Registrations: integrated offender management (IOM), MAPPA and others.",
            RegistrationRow,
            (
                _id("registration", "The source system’s own ID of the registration."),
                _person(),
                _choice("kind", REGISTRATION_KINDS, "What the person is registered for."),
                _choice(
                    "level",
                    (*COHORTS, *MAPPA_LEVELS),
                    "The cohort if `kind` is iom, the level if it is mappa, otherwise blank.",
                    required=False,
                ),
                _from("The first day.", required=True),
                _to(),
            ),
        ),
        FileLayout(
            "plans",
            "Whether a person is managed, and by whom.",
            PlanRow,
            (
                _id("plan", "The source system’s own ID of the plan."),
                _person(),
                Column("managed", Kind.YES_NO, "Whether the person is managed.", required=True),
                Column("managed_by", Kind.TEXT, "The team or the offender manager."),
                _from("The first day.", required=True),
                _to(),
            ),
        ),
        FileLayout(
            "drug_markers",
            "Markers of drug use and supply.",
            DrugMarkerRow,
            (
                _id("marker", "The source system’s own ID of the marker."),
                _person(),
                _choice("kind", DRUG_MARKERS, "The kind of marker."),
                _from("The first day.", required=True),
                _to(),
            ),
        ),
        FileLayout(
            "intelligence",
            "Intelligence reports: only their grade and day, never their text.",
            IntelligenceRow,
            (
                _id("report", "The source system’s own ID of the report."),
                _person(),
                _choice("grade", GRADES, "How reliable the source is: A is the most reliable."),
                Column("date", Kind.DAY, "The day of the report.", required=True, past=True, field="day"),
            ),
        ),
        FileLayout(
            "associations",
            "Connections between two people.",
            AssociationRow,
            (
                _id("association", "The source system’s own ID of the association."),
                _person("One of the two people."),
                Column("other", Kind.ID, "The other person.", required=True, refers_to="people"),
                _choice("kind", ASSOCIATION_KINDS, "How they are connected."),
                Column(
                    "strength",
                    Kind.WHOLE_NUMBER,
                    "How strong the association is: higher is stronger.",
                    lowest=1,
                ),
                _from("The first day.", required=False),
                _to(),
            ),
        ),
    )
}
