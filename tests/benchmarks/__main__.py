"""`python -m tests.benchmarks [PART]`, one of `PARTS`: the tables of docs/benchmarks.md, as Markdown.

Each part runs in a process of its own, so that none measures what another left behind.
"""

import subprocess
import sys
from collections.abc import Sequence

PARTS = (
    "accuracy",
    "speed",
    "memory",
    "search",
    "exports",
    "imports",
    "pages",
    "people",
    "network",
    "prediction",
    "maps",
    "rules",
)


def main(asked: Sequence[str]) -> int:
    if unknown := [part for part in asked if part not in PARTS]:
        print(f"There is no benchmark {', '.join(unknown)}; there are {', '.join(PARTS)}.", file=sys.stderr)
        return 2
    commands = [[sys.executable, "-m", f"tests.benchmarks.{part}"] for part in asked or PARTS]
    codes = [subprocess.run(command, check=False).returncode for command in commands]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
