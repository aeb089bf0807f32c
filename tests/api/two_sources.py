"""Two source systems with some of the same people, imported, in a force with two areas."""

from pathlib import Path

from api.services.records.duplicates import Searched, propose_duplicates
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.storage import Store
from tests.api.contexts import context_for

AREAS = "area,name,kind,parent\nF,Force,force,\nE,East,ward,F\nW,West,ward,F\n"
PEOPLE = "person,forename,surname,date_of_birth,sex,home_area,pnc,offender_number\n"
CRIMES = (
    f"{PEOPLE}P1,Ann,Smith,1990-09-14,female,E,1967/9893091D,10001\n"
    "P2,Li,Wei,1985-02-03,male,E,,\n"
    "P3,Zoe,Brown,1979-11-30,female,W,,\n"
    "P4,Ann,Smith,1960-09-14,female,E,,\n"  # the mother of P1
    "P5,,Suharto,1985-02-03,male,E,,\n"
)
CUSTODY = (
    f"{PEOPLE}X1,ANN,SMITH,1990-09-14,female,E,67/9893091D,\n"
    "X2,Wei,Li,1985-02-03,male,E,,\n"
    "X3,Zoë,Brown,1979-11-30,female,E,,\n"
    "X5,,Suharto,1985-02-03,male,E,,\n"
)
OFFENCES = "offence,person,code,date,area,stage,outcome\nO1,X1,028/03,2026-01-05,E,convicted,1\n"


def folders(within: Path) -> tuple[Path, Path]:
    """The import folder of each of the two systems."""
    files = {
        "crimes": {"areas.csv": AREAS, "people.csv": CRIMES},
        "custody": {"people.csv": CUSTODY, "offences.csv": OFFENCES},
    }
    for name, content in files.items():
        folder = within / name
        folder.mkdir(parents=True, exist_ok=True)
        declared = f'source = "{name}"\nas_at = 2026-03-01\ndates = "year-month-day"\n'
        for file, text in {"import.toml": declared, **content}.items():
            (folder / file).write_text(text, encoding="utf-8")
    return within / "crimes", within / "custody"


def import_both(store: Store, within: Path) -> Searched:
    """Import both, and look for likely duplicates."""
    for folder in folders(within):
        assert import_folder(context_for(store), FolderOnDisk(folder)).counts["refused"] == 0
    return propose_duplicates(context_for(store))
