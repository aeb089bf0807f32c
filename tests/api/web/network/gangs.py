"""Two triangles of people with one link between them, whose harm scores can be calculated."""

from tests.api.case_records import FILES

PEOPLE = """person,forename,surname,date_of_birth,sex,home_area
G1,Al,One,1990-01-01,male,W1
G2,Bea,Two,1991-01-01,female,W1
G3,Cal,Three,1992-01-01,male,W1
G4,Dee,Four,1993-01-01,female,W1
G5,Eli,Five,1994-01-01,male,W1
G6,Fay,Six,1995-01-01,female,W1
G7,Gus,Seven,1996-01-01,male,W2
G8,Hal,Eight,1997-01-01,male,W1
"""
# Two triangles with one link between them. G7 lives elsewhere. G8 is connected with nobody today.
LINKS = ["G1-G2", "G2-G3", "G1-G3", "G4-G5", "G5-G6", "G4-G6", "G3-G4", "G1-G7"]
ASSOCIATIONS = "association,person,other,kind,strength,from,to\n" + "".join(
    f"{link},{link.replace('-', ',')},gang,{1 + place % 3},2024-01-01,\n" for place, link in enumerate(LINKS)
)
ASSOCIATIONS += "ended,G8,G1,gang,9,2020-01-01,2021-01-01\n"
# G4 is scored highest.
OFFENCES = "offence,person,code,date,area,stage,outcome\n" + "".join(
    f"O{number},G{number},{code},2025-12-01,W1,convicted,1\n"
    for number, code in enumerate(("04600", "04600", "04600", "03401", "04600", "04600", "03401", "04600"), 1)
)
GANGS = {"areas": FILES["areas"], "people": PEOPLE, "offences": OFFENCES, "associations": ASSOCIATIONS}

# One person who is connected with 600 others, the last the most strongly.
HUB = {
    "people": "person,forename,surname,home_area\n"
    + "H,Hub,Centre,W1\n"
    + "".join(f"N{number},N,{number},W1\n" for number in range(600)),
    "associations": "association,person,other,kind,strength,from\n"
    + "".join(f"H-N{number},H,N{number},gang,{1 + number},2024-01-01\n" for number in range(600)),
}
