"""Case records of many people on PostgreSQL: importing them, calculating all scores, and reading the list.

The same fictional force is drawn for few people and for many. A process of its own imports and calculates, so
that its memory is known. The list is read by a supervisor of the whole force, then by `READERS` who each look
at a page every few seconds: half are supervisors of the force, half are offender managers of a neighbourhood.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from api.demonstration.force import write_force
from api.services.access.accounts import create_user
from api.services.context import Context, context_of
from api.services.harm.listing import offender_list
from api.services.harm.rules import HarmRules
from api.services.users import Role, viewer_of
from api.storage import Store, upgrade
from rms.harm.catalogue import crime_harm_index, harm_settings
from rms.harm.listing import ADULT, NO, NOT_KNOWN, HarmFilter, chosen_offences
from tests.api.contexts import context_for
from tests.benchmarks.machine import introduce, progress, table
from tests.benchmarks.service import NOW
from tests.postgresql import serving

SEED, FEW, MANY = 20261130, 100_000, 1_000_000
ROUNDS, PAGE, READERS, SECONDS, PAUSE = 100, 50, 50, 60, 5.0
DAY = NOW.date()
RULES = HarmRules(harm_settings(), crime_harm_index())
ROBBERY = "Robbery of personal property"
RECENTLY = DAY - timedelta(days=730)


@dataclass(frozen=True)
class Done:
    """Seconds and rows of an import, seconds of all scores and of those of 1 % of the people, and memory."""

    rows: int
    importing: float
    everybody: float
    some: float
    megabytes: float


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=FEW)
    parser.add_argument("--many", type=int, default=MANY)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--seconds", type=int, default=SECONDS)
    given = parser.parse_args(arguments)
    introduce("People", part="people")
    with tempfile.TemporaryDirectory() as scratch, serving() as server:
        urls, done = {}, {}
        for size in (given.few, given.many):
            folder = Path(scratch) / str(size)
            progress(f"drawing {size:,} people")
            write_force(folder, seed=SEED, people=size, day=DAY)
            urls[size] = server.database()
            upgrade(urls[size])
            progress(f"importing {size:,} people")
            done[size] = _loaded(urls[size], folder)
        _print_loaded(done)
        stores = {size: Store(url) for size, url in urls.items()}
        users = {size: list(_users(store)) for size, store in stores.items()}
        _print_list({size: contexts[0] for size, contexts in users.items()}, rounds=given.rounds)
        _print_readers(users, seconds=given.seconds)
        for store in stores.values():
            store.close()


def _loaded(url: str, folder: Path) -> Done:
    command = [sys.executable, "-m", "tests.benchmarks.people_process", url, str(folder), DAY.isoformat()]
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Done(**json.loads(finished.stdout))


def _print_loaded(done: dict[int, Done]) -> None:
    print("Seconds of a process of its own:\n")
    table(
        ("people", "rows", "import", "bound", "all scores", "bound", "scores of 1 %", "bound", "memory"),
        (
            (
                *(f"{size:,}", f"{one.rows:,}", f"{one.importing:.0f}", "≤ 900 for 1,000,000"),
                *(f"{one.everybody:.0f}", "≤ 300 for 1,000,000", f"{one.some:.1f}"),
                *(f"≤ {one.everybody / 20:.1f}, a twentieth", f"{one.megabytes:.0f} MB, bound 2,000"),
            )
            for size, one in done.items()
        ),
    )


def _users(store: Store) -> Iterator[Context]:
    """A supervisor of the force and an offender manager of each neighbourhood, as they would be signed in."""
    context = context_for(store, at=NOW)
    with store.reading() as tx:
        offices = [office for office in tx.offices.all() if office.kind in ("force", "neighbourhood")]
    for number, office in enumerate(sorted(offices, key=lambda office: office.kind)):
        role = Role.SUPERVISOR if office.kind == "force" else Role.OFFENDER_MANAGER
        user = create_user(
            context, f"user.{number}", f"user {number} of a benchmark", role=role, office=office.name
        )
        yield context_of(user, store=store.within(viewer_of(user, at=NOW)), at=NOW)


def _filters(store: Store, chance: random.Random) -> dict[str, HarmFilter]:
    """Filters with three criteria or more, for a ward drawn by chance."""
    with store.reading() as tx:
        wards = [office.code for office in tx.offices.all() if office.kind == "ward"]
        areas = [office.code for office in tx.offices.all() if office.kind == "neighbourhood"]
    ward, area = chance.choice(wards), chance.choice(areas)
    robbery = chosen_offences(RULES.table, group=ROBBERY)
    burglary = chosen_offences(RULES.table, category="Burglary")
    return {
        "no filter": HarmFilter(),
        "a ward, under 25, not managed, robbery in two years": HarmFilter(
            home_area=ward,
            under_25=True,
            managed=(NO, NOT_KNOWN),
            offence=robbery,
            offence_since=RECENTLY,
        ),
        "a neighbourhood, adults, burglary in two years": HarmFilter(
            home_area=area, age_group=ADULT, offence=burglary, offence_since=RECENTLY
        ),
        "the force, under 25, fixed cohort, not managed": HarmFilter(
            under_25=True, cohorts=("fixed",), managed=(NO, NOT_KNOWN)
        ),
    }


def _page(context: Context, filter: HarmFilter) -> float:
    began = time.perf_counter()
    offender_list(context, filter, rules=RULES, limit=PAGE)
    return time.perf_counter() - began


def _print_list(supervisors: dict[int, Context], *, rounds: int) -> None:
    print(f"A page of {PAGE}, one reader, {rounds} rounds in turns:\n")
    few, many = sorted(supervisors)
    chances = [random.Random(f"list {place}") for place in range(rounds)]
    names = list(_filters(supervisors[few].store, random.Random(0)))
    taken: dict[str, dict[int, list[float]]] = {name: {few: [], many: []} for name in names}
    for chance in chances:
        for size, context in supervisors.items():
            for name, filter in _filters(context.store, random.Random(chance.random())).items():
                taken[name][size].append(_page(context, filter))
    table(
        ("filter", f"{few:,}", f"{many:,}", "ratio, bound 1.3", "95 % within, bound 100 ms"),
        (
            (
                name,
                _ms(np.median(times[few])),
                _ms(np.median(times[many])),
                f"{np.median(times[many]) / np.median(times[few]):.2f}",
                _ms(np.percentile(times[many], 95)),
            )
            for name, times in taken.items()
        ),
    )


def _print_readers(users: dict[int, list[Context]], *, seconds: int) -> None:
    print(f"{READERS} readers, each of whom looks at a page every {PAUSE:.0f} seconds:\n")
    table(
        ("people", "pages", "median", "95 % within, bound 100 ms"),
        (
            (f"{size:,}", f"{len(times):,}", _ms(np.median(times)), _ms(np.percentile(times, 95)))
            for size, times in ((size, list(_read(contexts, seconds))) for size, contexts in users.items())
        ),
    )


def _read(users: list[Context], seconds: int) -> Iterator[float]:
    """How long each page took. The first user is the supervisor of the force."""
    ends = time.monotonic() + seconds
    taken: list[float] = []

    def read(reader: int) -> None:
        chance = random.Random(reader)
        context = users[0] if reader % 2 else chance.choice(users[1:])
        time.sleep(chance.uniform(0, PAUSE))
        while time.monotonic() < ends:
            filters = list(_filters(context.store, chance).values())[1:]
            taken.append(_page(context, chance.choice(filters)))
            time.sleep(chance.uniform(0, 2 * PAUSE))

    threads = [threading.Thread(target=read, args=(reader,)) for reader in range(READERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    yield from taken


def _ms(seconds: float) -> str:
    return f"{float(seconds) * 1e3:.1f} ms"


if __name__ == "__main__":
    main()
