"""Progress bars: drawn on a terminal, silent anywhere else."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def announced_steps(count: int) -> Iterator[Callable[[str], None]]:
    """A bar of that many steps; call what it gives with the name of each step as it begins."""
    with tqdm(total=count, disable=None, leave=False, bar_format="{desc} {bar} {n_fmt}/{total_fmt}") as bar:
        begun = False

        def begin(step: str) -> None:
            nonlocal begun
            bar.update(int(begun))
            begun = True
            bar.set_description(step)

        yield begin


@contextmanager
def counted(count: int, *, doing: str) -> Iterator[Callable[[int], None]]:
    """A bar of that many things; call what it gives with how many more are done."""
    with tqdm(total=count, disable=None, leave=False, desc=doing) as bar:

        def done(more: int) -> None:
            bar.update(more)

        yield done
