"""The outside of RMS: HTTP for systems and people, the command line, the database.

Every process of RMS comes in here first, so this is where its linear algebra is held to one thread,
before numpy is loaded: web workers share the cores among themselves, and small matrices are slower
with more. Set the variables to let a lone batch use more.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
