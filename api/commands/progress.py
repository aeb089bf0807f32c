"""Progress bars on a terminal. Elsewhere nothing is printed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm


@contextmanager
def announced_steps(count: int) -> Iterator[Callable[[str], None]]:
    """A bar of `count` steps. Call the function it yields with the name of each step that begins."""
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
    """A bar of `count` items. Call the function it yields with how many more are done."""
    with tqdm(total=count, disable=None, leave=False, desc=doing) as bar:

        def done(more: int) -> None:
            bar.update(more)

        yield done
