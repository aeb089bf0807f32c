"""Made-up rows in the columns and spellings of the files that two justice agencies publish."""

import csv
import random
from pathlib import Path

Rows = list[dict[str, str]]

GEORGIA_LEVELS = {
    "Gender": ["M", "F"],
    "Age_at_Release": ["18-22", "23-27", "28-32", "33-37", "38-42", "43-47", "48 or older"],
    "Gang_Affiliated": ["false", "true", ""],
    "Supervision_Level_First": ["Standard", "High", "Specialized", ""],
    "Education_Level": ["Less than HS diploma", "High School Diploma", "At least some college"],
    "Dependents": ["0", "1", "2", "3 or more"],
    "Prison_Offense": ["Violent/Non-Sex", "Violent/Sex", "Property", "Drug", "Other", ""],
    "Prison_Years": ["Less than 1 year", "1-2 years", "Greater than 2 to 3 years", "More than 3 years"],
    "Prior_Arrest_Episodes_Felony": [*map(str, range(10)), "10 or more"],
    "Prior_Arrest_Episodes_Misd": [*map(str, range(6)), "6 or more"],
    "Prior_Arrest_Episodes_Violent": ["0", "1", "2", "3 or more"],
    "Prior_Arrest_Episodes_Property": [*map(str, range(5)), "5 or more"],
    "Prior_Arrest_Episodes_Drug": [*map(str, range(5)), "5 or more"],
    "_v1": [*map(str, range(5)), "5 or more"],
    "Prior_Arrest_Episodes_DVCharges": ["false", "true"],
    "Prior_Arrest_Episodes_GunCharges": ["FALSE", "TRUE"],
    "Prior_Conviction_Episodes_Felony": ["0", "1", "2", "3 or more"],
    "Prior_Conviction_Episodes_Misd": ["0", "1", "2", "3", "4 or more"],
    "Prior_Conviction_Episodes_Viol": ["No", "Yes"],
    "Prior_Conviction_Episodes_Prop": ["0", "1", "2", "3 or more"],
    "Prior_Conviction_Episodes_Drug": ["0", "1", "2 or more"],
    "_v2": ["False", "True"],
    "Condition_MH_SA": ["No", "Yes"],
    "Condition_Cog_Ed": ["false", "true"],
    "Condition_Other": ["0", "1"],
    "Recidivism_Within_3years": ["false", "true"],
}
# A description of a charge → the group that the instrument reads in it.
CHARGES = {
    "Battery": "assault",
    "Aggravated Assault w/Firearm": "assault",
    "Felony Battery (Dom Strang)": "assault",
    "Battery/Domestic Violence": "domestic",
    "Viol Injunct Domestic Violence": "domestic",
    "Robbery / No Weapon": "robbery",
    "Burglary Dwelling Assault/Batt": "burglary",
    "Possession Burglary Tools": "burglary",
    "Possession of Cocaine": "drug",
    "Poss 3,4 MDMA (Ecstasy)": "drug",
    "Poss Drugs W/O A Prescription": "drug",
    "Deliver Cannabis": "drug",
    "Driving Under The Influence": "dui",
    "DUI Property Damage/Injury": "dui",
    "Driving License Suspended": "license_traffic",
    "Operating W/O Valid License": "license_traffic",
    "Grand Theft (Motor Vehicle)": "theft_fraud",
    "Petit Theft $100- $300": "theft_fraud",
    "Uttering a Forged Instrument": "theft_fraud",
    "Carrying Concealed Firearm": "weapon",
    "Lewd or Lascivious Molestation": "sex",
    "Sex Offender Fail Comply W/Law": "sex",
    "Resist/Obstruct W/O Violence": "order",
    "Disorderly Conduct": "order",
    "arrest case no charge": "none",
    "": "none",
    "Criminal Mischief": "other",
    "Extradition/Defendants": "other",
}


def georgia(count: int = 200) -> Rows:
    """Rows in the columns of the file that the National Institute of Justice publishes."""
    draw = random.Random(14)
    return [
        {
            "ID": str(number),
            **{column: draw.choice(levels) for column, levels in GEORGIA_LEVELS.items()},
            "Race": draw.choice(["BLACK", "WHITE"]),
            "Residence_PUMA": str(draw.randrange(1, 26)),
            "Supervision_Risk_Score_First": str(draw.randrange(1, 11)),
        }
        for number in range(1, count + 1)
    ]


def broward(count: int = 200) -> Rows:
    """Rows in the columns of the file that ProPublica publishes, as far as anything reads them."""
    draw, charges = random.Random(14), list(CHARGES)
    rows = []
    for number in range(1, count + 1):
        again, violent = draw.randrange(2), draw.randrange(3) == 0
        rows.append(
            {
                "id": str(number),
                "name": "",
                "compas_screening_date": f"2013-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}",
                "sex": draw.choice(["Male", "Female"]),
                "age": str(draw.randrange(18, 70)),
                "race": "Other",
                **{f"juv_{kind}_count": str(draw.randrange(3)) for kind in ("fel", "misd", "other")},
                "priors_count": str(draw.randrange(20)),
                "c_charge_degree": draw.choice("FM"),
                "c_charge_desc": charges[number % len(charges)],
                "decile_score": str(draw.randrange(1, 11)),
                "vr_offense_date": f"201{draw.choice('46')}-06-01" if again and violent else "",
                "two_year_recid": str(again),
            }
        )
    return rows


def file_of(folder: Path, rows: Rows) -> Path:
    """The rows as a CSV file in the folder."""
    path = folder / "cases.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        sheet = csv.DictWriter(file, list(rows[0]))
        sheet.writeheader()
        sheet.writerows(rows)
    return path
