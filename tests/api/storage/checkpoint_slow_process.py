"""Writes to the database file under SQLite's lock, as a checkpoint does, and copies the log when told to."""

import fcntl
import sys
from contextlib import closing
from pathlib import Path

from pysqlite3 import dbapi2 as sqlite

from api.storage.write_ahead_log import COPYING_LOCK

if __name__ == "__main__":
    path = Path(sys.argv[1].removeprefix("sqlite:///"))
    index_path = path.with_name(f"{path.name}-shm")
    with index_path.open("r+b") as index, closing(sqlite.connect(str(path))) as connection:
        connection.execute("PRAGMA schema_version").fetchall()
        fcntl.lockf(index, fcntl.LOCK_EX, 1, COPYING_LOCK)
        if "announced" in sys.argv:
            salts = path.with_name(f"{path.name}-wal").read_bytes()[16:24]
            path.with_name(f"{path.name}-checkpoint").write_bytes(salts)
            print("announced", flush=True)
            sys.stdin.readline()
        with path.open("r+b", buffering=0) as file:
            file.write(b"SQLite format 3\0")  # as it was, so that only the date changes
        print("written", flush=True)
        sys.stdin.read()
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
