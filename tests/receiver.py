"""An HTTP server that receives webhooks. It keeps the requests and responds with given statuses."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


@dataclass(frozen=True)
class Got:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """`answers` are the statuses of the next responses. Without any, the status is 200.

    While `answering` is not set, it takes requests and responds to none. `most_at_once` is the most requests
    that were open at once.
    """

    url: str = ""
    got: list[Got] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    location: str | None = None
    answering: Event = field(default_factory=Event)
    most_at_once: int = 0
    open: set[int] = field(default_factory=set)


@contextmanager
def receiving(*, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.answering.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:  # noqa: N802  # http.server's name
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.open.add(id(self))
            receiver.most_at_once = max(receiver.most_at_once, len(receiver.open))
            receiver.got.append(Got(self.path, dict(self.headers), body))
            receiver.answering.wait()
            receiver.open.remove(id(self))
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            if receiver.location is not None:
                self.send_header("Location", receiver.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.url = f"http{'s' if tls else ''}://localhost:{server.server_port}/hook"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        receiver.answering.set()
        server.shutdown()
        server.server_close()
        thread.join()
