"""Before numpy is imported: one thread for its linear algebra, as in a web worker."""

import os

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")
