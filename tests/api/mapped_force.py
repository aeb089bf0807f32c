"""The small force of `case_records` with places of offences, and boundaries of its two wards.

Cy Dunn of Mill ward has 41 offences on one point, 40 of them on record in Mill ward and one in Castle ward.
Ann Lee has one offence there too, one with the point 0,0, and one without a point; Bo Park has one on another
point.
"""

import json
from dataclasses import replace
from pathlib import Path

from flask import Flask

from api.services.maps.boundaries import KnownBoundaries
from api.storage import Store
from tests.api.case_records import FILES, load

POINT = (52.48, -1.89)
WARDS = {"W1": (-1.92, -1.88), "W2": (-1.88, -1.84)}  # from west to east
HEADER = "offence,person,code,date,area,latitude,longitude,stage,outcome\n"
OFFENCES = (
    "A1,P1,03401,2025-12-01,W1,52.48,-1.89,charged,1\n"
    "A2,P1,04600,2024-06-01,W2,0,0,convicted,8\n"
    "A3,P1,02801,2024-01-10,W1,,,convicted,1\n"
    "A4,P1,02801,2026-01-10,W1,52.47,-1.85,suspected,15\n"
    "B1,P2,04600,2025-11-11,W1,52.49,-1.90,,8\n"
    + "".join(
        f"C{number},P3,03401,2025-11-12,{'W2' if number else 'W1'},52.48,-1.89,charged,1\n"
        for number in range(41)
    )
)


def load_mapped(store: Store) -> None:
    load(store, {**FILES, "offences": HEADER + OFFENCES})


def boundaries() -> str:
    """GeoJSON of both wards, side by side; the point of the 41 offences lies in Castle ward."""
    features = [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[west, 52.44], [east, 52.44], [east, 52.52], [west, 52.52], [west, 52.44]]],
            },
        }
        for code, (west, east) in WARDS.items()
    ]
    return json.dumps({"type": "FeatureCollection", "features": features})


def write_boundaries(data: Path, text: str | None = None) -> Path:
    """The file of boundaries in a data folder."""
    folder = data / "boundaries"
    folder.mkdir(exist_ok=True)
    (folder / "wards.geojson").write_text(boundaries() if text is None else text, encoding="utf-8")
    return folder / "wards.geojson"


def with_boundaries(app: Flask, data: Path) -> Flask:
    """The application with the records of the force and the boundaries of its areas, which are in `data`."""
    application = app.extensions["rms"]
    load_mapped(application.store)
    write_boundaries(data)
    app.extensions["rms"] = replace(application, boundaries=KnownBoundaries(data / "boundaries"))
    return app
