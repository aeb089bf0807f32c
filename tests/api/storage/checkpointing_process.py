"""Writes and checks for some seconds, copies the log early, and prints how much it wrote."""

import sys
import threading
import time
from contextlib import closing

from api.storage import Store, database_file
from tests.api.storage.examples import AT, assessment, result


def check_until(end: float, store: Store) -> None:
    while time.monotonic() < end:
        store.check()
        time.sleep(0.001)


def write_until(end: float, store: Store, *, number: str) -> int:
    written = 0
    while time.monotonic() < end:
        form = assessment(number)
        with store.transaction() as tx:
            tx.submissions.add(form, result(form), by="ada", at=AT)
        written += 1
        if written % 20 == 0:
            store.empty_log()
    return written


if __name__ == "__main__":
    url, seconds, pages, number = sys.argv[1:]
    database_file.LOG_PAGES = int(pages)
    end = time.monotonic() + float(seconds)
    failed: list[object] = []
    threading.excepthook = failed.append
    with closing(Store(url)) as store:
        checking = threading.Thread(target=check_until, args=(end, store))
        checking.start()
        print(write_until(end, store, number=f"P{number}"))
        checking.join()
    sys.exit(f"{failed}" if failed else 0)
