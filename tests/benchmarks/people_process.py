"""Imports a folder of case records, calculates all scores and those of 1 %, and prints the times."""

import json
import resource
import sys
import time
from datetime import date
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api.services.harm.refreshing import refresh_scores
from api.services.harm.rules import HarmRules
from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.storage import Store
from rms.harm.catalogue import crime_harm_index, harm_settings
from tests.api.contexts import context_for
from tests.benchmarks.service import NOW

RULES = HarmRules(harm_settings(), crime_harm_index())


def main(url: str, folder: Path, day: date) -> None:
    store = Store(url)
    context = context_for(store, at=NOW)
    began = time.perf_counter()
    report = import_folder(context, FolderOnDisk(folder))
    imported = time.perf_counter()
    engine = create_engine(make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    ready = time.perf_counter()
    refresh_scores(context, day=day, rules=RULES)
    calculated = time.perf_counter()
    with engine.connect() as connection:
        connection.execute(
            text("INSERT INTO harm_due SELECT person FROM person_records WHERE mod(person, 100) = 0")
        )
    changed = time.perf_counter()
    refresh_scores(context, day=day, rules=RULES)
    ended = time.perf_counter()
    print(
        json.dumps(
            {
                "rows": report.counts["added"],
                "importing": imported - began,
                "everybody": calculated - ready,
                "some": ended - changed,
                "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )
    store.close()
    engine.dispose()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), date.fromisoformat(sys.argv[3]))
