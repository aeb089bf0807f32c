"""Writes, cuts the index of the log, and prints how every use of the store is refused."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import closing

from api.storage import Store
from rms.errors import StorageLost
from tests.api.storage.examples import AT, assessment, result


def add(store: Store) -> str:
    form = assessment()
    with store.transaction() as tx:
        return tx.submissions.add(form, result(form), by="ada", at=AT).id


def read(store: Store) -> None:
    with store.reading() as tx:
        tx.submissions.history("10000")


def refusals(store: Store, *uses: Callable[[Store], object]) -> Iterator[str]:
    for use in uses:
        try:
            use(store)
        except StorageLost as error:
            yield error.code


if __name__ == "__main__":
    url, size = sys.argv[1:]
    with closing(Store(url)) as store:
        print(*(add(store) for _ in range(3)))
        os.truncate(url.removeprefix("sqlite:///") + "-shm", int(size))
        print(*refusals(store, add, Store.check, read))
