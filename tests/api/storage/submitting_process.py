"""Submits from several threads for ever and prints each acknowledged id; made to be killed."""

import os
import random
import sys
import threading

from api.storage import Store
from tests.api.storage.examples import AT, assessment, result


def submit_for_ever(store: Store, seed: int) -> None:
    dice = random.Random(seed)
    while True:
        form = assessment(f"P{dice.randrange(5)}")
        with store.transaction() as tx:
            submission = tx.submissions.add(form, result(form), by="ada", at=AT)
        os.write(1, f"{submission.id}\n".encode())


if __name__ == "__main__":
    shared = Store(sys.argv[1])
    for number in range(6):
        threading.Thread(target=submit_for_ever, args=(shared, number)).start()
