"""What it was measured on: printed over every table, for a figure says little without it."""

import os
import platform
import sys
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")


def introduce(title: str, *, part: str) -> None:
    packages = ", ".join(f"{name} {version(name)}" for name in ("numpy", "faiss-cpu", "scikit-learn"))
    print(f"\n## {title}\n")
    print(
        f"`python -m tests.benchmarks {part}` on {_processor()}, {os.cpu_count()} cores, {platform.system()};"
    )
    print(f"Python {platform.python_version()}, {packages}.\n", flush=True)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; a row is printed as soon as it is there."""
    print(f"| {' | '.join(head)} |")
    print("|---" * len(head) + "|")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print()


def progress(what: str) -> None:
    """A line for whoever waits; the tables alone go to standard output."""
    print(what, file=sys.stderr, flush=True)


def _processor() -> str:
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text().splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    return platform.machine()
