"""A small force for tests: two wards, four people, and something of every kind of record."""

from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask
from flask.testing import FlaskClient

from api.services.access.accounts import create_user
from api.services.harm.refreshing import refresh_scores
from api.services.harm.rules import harm_rules
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.services.users import Role
from api.storage import Store
from api.web.people.address import id_of
from tests.api.conftest import PASSWORD, Clock
from tests.api.contexts import context_for
from tests.api.web.browsers import browser

SOURCE = "crime records"
DAY = date(2026, 3, 1)
AT = datetime(2026, 3, 1, 6, tzinfo=UTC)
DECLARATION = f'source = "{SOURCE}"\nas_at = {DAY}\ndates = "year-month-day"\n'
LINK = "https://records.example/P1"  # of P1, the only one with a link
FILES = {
    "areas": """area,name,kind,parent
F,Westmarch,force,
W1,Castle ward,ward,F
W2,Mill ward,ward,F
""",
    "people": """person,forename,surname,date_of_birth,sex,home_area,offender_number,in_custody,release_date
P1,Ann,Lee,2004-05-06,female,W1,A100,no,
P2,Bo,Park,1990-01-02,male,W1,,yes,2026-04-01
P3,Cy,Dunn,1985-03-04,male,W2,C300,,
P4,Di,Moss,1999-09-09,female,W1,,,
""",
    "offences": """offence,person,code,date,area,stage,outcome,domestic_abuse
O1,P1,03401,2025-12-01,W1,charged,1,
O2,P1,04600,2024-06-01,W2,convicted,8,yes
O3,P1,02801,2026-01-10,W1,suspected,15,
O4,P1,99901,2023-02-03,W1,,1,
O5,P1,04600,2022-02-03,W1,,18,
O6,P2,04600,2025-11-11,W1,,8,
O7,P3,03401,2025-11-12,W2,charged,1,
""",
    "sentences": """sentence,person,offence,kind,sentenced_on,from,to
S1,P1,O2,community,2024-07-01,2024-07-01,2025-06-30
""",
    "registrations": """registration,person,kind,level,from,to
R1,P1,iom,flex,2025-01-01,
R2,P1,mappa,2,2020-01-01,2021-12-31
""",
    "plans": """plan,person,managed,managed_by,from,to
L1,P1,yes,PC Hall,2025-02-01,
""",
    "drug_markers": """marker,person,kind,from,to
D1,P1,personal_use,2025-03-01,
D2,P1,supply,2019-01-01,2020-01-01
""",
    "intelligence": """report,person,grade,date
I1,P1,B,2026-02-01
I2,P1,C,2025-10-01
""",
    "associations": """association,person,other,kind,strength,from,to
A1,P1,P2,co_offending,3,2024-01-01,
A2,P2,P1,family,,,
A3,P2,P4,gang,2,2023-01-01,2023-12-31
A4,P1,P3,co_offending,9,2024-01-01,
A5,P3,P4,other,1,,
""",
}


FILES["people"] = "".join(
    f"{line},{'record_link' if place == 0 else LINK if place == 1 else ''}\n"
    for place, line in enumerate(FILES["people"].splitlines())
)


def load(store: Store, files: dict[str, str] | None = None, *, day: date = DAY, at: datetime = AT) -> None:
    """Import these files, by default all of `FILES`, and calculate the scores as at that day."""
    import_files(store, FILES if files is None else files, day=day, at=at)
    refresh_scores(context_for(store, at=at), day=day, rules=harm_rules(Path("no folder")))


def import_files(
    store: Store, files: dict[str, str], *, source: str = SOURCE, day: date = DAY, at: datetime = AT
) -> None:
    """Import these files as at that day. The scores stay as they are."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        declaration = DECLARATION.replace(str(DAY), str(day)).replace(SOURCE, source)
        (folder / "import.toml").write_text(declaration, encoding="utf-8")
        for kind, text in files.items():
            (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
        report = import_folder(context_for(store, at=at), FolderOnDisk(folder))
    assert [(file.name, file.problems) for file in report.files if file.problems] == []


def key_of(store: Store, source_id: str) -> int:
    with store.reading() as tx:
        key = tx.records.person_of(SOURCE, source_id)
    assert key is not None
    return key


def officer(app: Flask, clock: Clock, *, area: str = "Castle ward", name: str = "o.manager") -> FlaskClient:
    """The browser of an offender manager of this area."""
    context = context_for(app.extensions["rms"].store, at=clock(), by="test")
    create_user(context, name, PASSWORD, role=Role.OFFENDER_MANAGER, office=area)
    return browser(app, name, clock)


def address(app: Flask, source_id: str, page: str = "") -> str:
    """The address of a page about the person with this ID in the source."""

    with app.app_context():
        return f"/people/by-key/{id_of(key_of(app.extensions['rms'].store, source_id))}{page}"
