"""Calculates the network of a database, and prints the time and the memory of this process."""

import json
import resource
import sys
import time

from api.services.network.refreshing import refresh_network
from api.storage import Store
from tests.api.contexts import context_for
from tests.benchmarks.service import NOW


def main(url: str, sample: int) -> None:
    store = Store(url)
    began = time.perf_counter()
    first_stored: list[float] = []
    done = refresh_network(
        context_for(store, at=NOW),
        day=NOW.date(),
        sample=sample,
        on_block=lambda _stored: first_stored.append(time.perf_counter()),
    )
    ended = time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "people": done.people,
                "links": done.links,
                "groups": done.groups,
                "largest_group": done.largest_group,
                "sample": done.sample,
                "error": done.error,
                "calculating": first_stored[0] - began,
                "storing": ended - first_stored[0],
                "cpu": used.ru_utime + used.ru_stime,
                "megabytes": used.ru_maxrss / 1024,
            }
        )
    )
    store.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
