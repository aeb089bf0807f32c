"""RMS as a service: HTTP for systems and people, the command line and the database.

Every process of RMS imports this package first. It limits linear algebra to one thread, which must happen
before numpy is loaded. Web workers share the cores, and small matrices are slower with more threads. Set the
variables to let a single batch job use more.
"""

import os

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
