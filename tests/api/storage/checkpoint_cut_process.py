"""Begins to copy the log into a database file that may not grow: this fails, or ends the process."""

import resource
import signal
import sys

from api.storage import Store
from rms.errors import StorageUnavailable

if __name__ == "__main__":
    url, largest, end = sys.argv[1:]
    if end == "is killed":
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    store = Store(url)
    store.check()
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), resource.RLIM_INFINITY))
    try:
        store.empty_log()
    except StorageUnavailable:
        sys.exit(0)
    sys.exit("It came to its end.")
