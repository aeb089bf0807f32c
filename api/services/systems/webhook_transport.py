"""Sends messages to URLs that others have chosen, to public addresses only.

The host name is resolved once per message. All its addresses must be public, and the connection goes to an
address that was checked, whatever the name resolves to a moment later. Redirects are not followed, and only
the head of an answer is read.
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

SECONDS = 10.0  # for the whole exchange, however slowly the other side answers
LONGEST_URL = 2000
PORTS = {"https": 443, "http": 80}

Resolve = Callable[[str, int], Sequence[str]]


class Undelivered(Exception):
    """`problem` is one of address_refused, name_unknown, no_answer, tls_failed."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def resolved(host: str, port: int) -> list[str]:
    """The addresses of a host name."""
    answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
    return [str(address[0]) for *_, address in answers]


@dataclass(frozen=True)
class WebhookTransport:
    """`insecure` allows http and private addresses: for tests and demonstrations only."""

    insecure: bool = False
    resolve: Resolve = resolved

    def problem_with(self, url: str) -> str | None:
        """Why RMS may not send to this URL, as a sentence; None if it may."""
        if len(url) > LONGEST_URL or not (url.isascii() and url.isprintable()) or " " in url:
            return f"URL must have up to {LONGEST_URL} visible ASCII characters."
        try:
            parts, port = urlsplit(url), urlsplit(url).port
        except ValueError:
            return "Enter a valid URL."
        if parts.scheme not in self._schemes:
            return "URL must begin with https://."
        if not parts.hostname or port == 0:
            return "URL must name a host."
        if parts.username is not None or parts.fragment:
            return "URL must not contain a user, a password or a fragment."
        try:
            self._address(parts)
        except Undelivered as refused:
            return {
                "name_unknown": "This host name is unknown.",
                "address_refused": "This host does not have a public address.",
            }[refused.problem]
        return None

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a POST request; returns the status of the answer.

        Raises
        ------
        Undelivered
            If there was no answer.
        """
        parts = urlsplit(url)
        address = (self._address(parts), _port(parts))
        try:
            with self._connected(address, parts) as connected, _deadline(connected):
                if isinstance(connected, ssl.SSLSocket):
                    connected.do_handshake()
                return _status(connected, parts, body, headers)
        except ssl.SSLError as error:
            raise Undelivered("tls_failed") from error
        except (OSError, HTTPException) as error:
            raise Undelivered("no_answer") from error

    def _connected(self, address: tuple[str, int], parts: SplitResult) -> socket.socket:
        plain = socket.create_connection(address, timeout=SECONDS)
        if parts.scheme == "http":
            return plain
        return self._tls.wrap_socket(plain, server_hostname=parts.hostname, do_handshake_on_connect=False)

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context()

    @property
    def _schemes(self) -> tuple[str, ...]:
        return ("https", "http") if self.insecure else ("https",)

    def _address(self, parts: SplitResult) -> str:
        """The first address of the host, if RMS may connect to all of them."""
        if parts.scheme not in self._schemes:  # it was allowed when the webhook was added
            raise Undelivered("address_refused")
        try:
            addresses = list(self.resolve(parts.hostname or "", _port(parts)))
        except (OSError, UnicodeError) as error:
            raise Undelivered("name_unknown") from error
        if not addresses:
            raise Undelivered("name_unknown")
        if not self.insecure and not all(is_public(address) for address in addresses):
            raise Undelivered("address_refused")
        return addresses[0]


def _status(connected: socket.socket, parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> int:
    """Send the request and read the head of the answer."""
    connection = HTTPConnection(parts.hostname or "", _port(parts))
    connection.default_port = PORTS[parts.scheme]  # left out of the Host header
    connection.sock = connected
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", target, body, {**headers, "Connection": "close"})
    return connection.getresponse().status


@contextmanager
def _deadline(connected: socket.socket) -> Iterator[None]:
    """Close the connection when its time is over. A socket's own timeout starts again with every byte."""
    timer = Timer(SECONDS, _shut_down, (connected,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _shut_down(connected: socket.socket) -> None:
    with suppress(OSError):
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _port(parts: SplitResult) -> int:
    return parts.port or PORTS[parts.scheme]
