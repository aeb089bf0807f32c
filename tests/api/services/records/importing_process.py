"""Imports a folder and prints a line for each batch that is stored; made to be killed."""

import os
import sys
from pathlib import Path

from api.services.records.folders import FolderOnDisk
from api.services.records.importing import import_folder
from api.storage import Store
from tests.api.contexts import context_for

if __name__ == "__main__":
    import_folder(
        context_for(Store(sys.argv[1])),
        FolderOnDisk(Path(sys.argv[2])),
        on_batch=lambda name, line: os.write(1, f"{name} {line}\n".encode()) and None,
    )
