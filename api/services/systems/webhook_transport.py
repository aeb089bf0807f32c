"""What takes a message to an address that somebody else has named, and is not led astray by it.

The name is looked up once for each message, every address it stands for must be a public one, and the
connection goes to the very address that was looked at: a name that means another address a moment later
changes nothing. Redirects are answers like any other, and no more than the head of an answer is read.
"""

import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from http.client import HTTPConnection, HTTPException
from threading import Timer
from urllib.parse import SplitResult, urlsplit

from api.services.systems.public_addresses import is_public

SECONDS = 10.0  # for all of it, however slowly the other side answers
LONGEST_URL = 2000
PORTS = {"https": 443, "http": 80}

Resolve = Callable[[str, int], Sequence[str]]


class Undelivered(Exception):
    """`problem` is one word: address_refused, name_unknown, no_answer, tls_failed."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def resolved(host: str, port: int) -> list[str]:
    """The addresses that the name stands for now."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(place[0]) for *_, place in found]


@dataclass(frozen=True)
class WebhookTransport:
    """`insecure` lets it go to http and to private addresses: for tests and demonstrations only."""

    insecure: bool = False
    resolve: Resolve = resolved

    def problem_with(self, url: str) -> str | None:
        """Why nothing may be sent to this URL, as a sentence; None if something may."""
        if len(url) > LONGEST_URL or not (url.isascii() and url.isprintable()) or " " in url:
            return f"A URL has up to {LONGEST_URL} visible ASCII characters."
        try:
            parts, port = urlsplit(url), urlsplit(url).port
        except ValueError:
            return "This is no URL."
        if parts.scheme not in self._schemes:
            return "A webhook's URL begins with https://."
        if not parts.hostname or port == 0:
            return "This URL names no host."
        if parts.username is not None or parts.fragment:
            return "A webhook's URL holds no user, password or fragment."
        try:
            self._address(parts)
        except Undelivered as refused:
            return {
                "name_unknown": "This host is not known.",
                "address_refused": "This host is not at a public address.",
            }[refused.problem]
        return None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The status of the answer.

        Raises
        ------
        Undelivered
            If there was none.
        """
        parts = urlsplit(url)
        place = (self._address(parts), _port(parts))
        try:
            with self._link(place, parts) as link, _deadline(link):
                if isinstance(link, ssl.SSLSocket):
                    link.do_handshake()
                return _status(link, parts, body, headers)
        except ssl.SSLError as error:
            raise Undelivered("tls_failed") from error
        except (OSError, HTTPException) as error:
            raise Undelivered("no_answer") from error

    def _link(self, place: tuple[str, int], parts: SplitResult) -> socket.socket:
        link = socket.create_connection(place, timeout=SECONDS)
        if parts.scheme == "http":
            return link
        return self._tls.wrap_socket(link, server_hostname=parts.hostname, do_handshake_on_connect=False)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    @property
    def _schemes(self) -> tuple[str, ...]:
        return ("https", "http") if self.insecure else ("https",)

    def _address(self, parts: SplitResult) -> str:
        """The one address to go to, if all that the name stands for may be gone to."""
        if parts.scheme not in self._schemes:  # it was allowed when the webhook was made
            raise Undelivered("address_refused")
        try:
            found = list(self.resolve(parts.hostname or "", _port(parts)))
        except (OSError, UnicodeError) as error:
            raise Undelivered("name_unknown") from error
        if not found:
            raise Undelivered("name_unknown")
        if not self.insecure and not all(is_public(address) for address in found):
            raise Undelivered("address_refused")
        return found[0]


def _status(link: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
    """Send the request and read the head of the answer."""
    connection = HTTPConnection(parts.hostname or "", _port(parts))
    connection.default_port = PORTS[parts.scheme]  # which the Host header then leaves out
    connection.sock = link
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", target, body, {**headers, "Connection": "close"})
    return connection.getresponse().status


@contextmanager
def _deadline(link: socket.socket) -> Iterator[None]:
    """Cut the connection off when its time is over: a timeout of the socket begins anew with every byte."""
    timer = Timer(SECONDS, _cut, (link,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut(link: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(link, socket.SHUT_RDWR)


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]
