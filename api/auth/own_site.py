"""Addresses on this site: where RMS leads a browser by what a request says, it leads nowhere else.

Whatever takes an address from a path, a query or a form takes it through here.
"""

from collections.abc import Iterable
from urllib.parse import quote, urlencode, urlsplit

from flask import request

IN_A_PATH = "/:@!$&'()*+,;=~"  # what RFC 3986 allows in a path as it is
HOME = "/"


def own_address(address: str, *, otherwise: str = HOME) -> str:
    r"""The address, if a browser stays on this site with it.

    Browsers read `\` as `/`, and drop tabs and line ends wherever they stand.

    >>> own_address("/people/10000?page=2"), own_address("https://evil.example/")
    ('/people/10000?page=2', '/')
    >>> own_address("//evil.example"), own_address(r"/\evil.example"), own_address("/\t/evil.example")
    ('/', '/', '/')
    """
    stays = address.startswith("/") and address[1:2] not in ("/", "\\")
    return address if stays and address.isprintable() else otherwise


def present_address() -> str:
    """The address that was asked for, with its query."""
    query = request.query_string.decode(errors="replace")
    return own_address(present_path() + (f"?{query}" if query else ""))


def present_path_with(pairs: Iterable[tuple[str, str]]) -> str:
    """The path that was asked for, with another query."""
    query = urlencode(list(pairs))
    return own_address(present_path() + (f"?{query}" if query else ""))


def present_path() -> str:
    return own_path(request.path)


def own_path(path: str) -> str:
    """A path that has been decoded, written as in an address."""
    return own_address(quote(path, safe=IN_A_PATH))


def without_site(address: str) -> str:
    """An address of this site without its scheme and host, which come from the request."""
    parts = urlsplit(address)
    return own_address(parts._replace(scheme="", netloc="").geturl())
