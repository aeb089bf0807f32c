"""Addresses on this site. Redirects to an address from a request go through here, so none leaves RMS."""

from collections.abc import Iterable
from urllib.parse import quote, urlencode

from flask import request

IN_A_PATH = "/:@!$&'()*+,;=~"  # what RFC 3986 allows in a path as it is
HOME = "/"


def own_address(address: str, *, otherwise: str = HOME) -> str:
    r"""The address if it is on this site, otherwise `otherwise`.

    Browsers read `\` as `/`, and ignore tabs and line ends anywhere.

    >>> own_address("/people/10000?page=2"), own_address("https://evil.example/")
    ('/people/10000?page=2', '/')
    >>> own_address("//evil.example"), own_address(r"/\evil.example"), own_address("/\t/evil.example")
    ('/', '/', '/')
    """
    stays = address.startswith("/") and address[1:2] not in ("/", "\\")
    return address if stays and address.isprintable() else otherwise


def present_address() -> str:
    """The requested address with its query."""
    query = request.query_string.decode(errors="replace")
    return own_address(present_path() + (f"?{query}" if query else ""))


def present_path_with(pairs: Iterable[tuple[str, str]]) -> str:
    """The requested path with another query."""
    query = urlencode(list(pairs))
    return own_address(present_path() + (f"?{query}" if query else ""))


def present_path() -> str:
    return own_path(request.path)


def own_path(path: str) -> str:
    """A decoded path, encoded for use in an address."""
    return own_address(quote(path, safe=IN_A_PATH))
