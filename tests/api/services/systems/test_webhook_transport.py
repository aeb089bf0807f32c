"""A URL chosen by others cannot make RMS connect to machines of its own network."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from api.services.systems import webhook_transport as module
from api.services.systems.webhook_transport import Undelivered, WebhookTransport
from tests.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def at(*addresses: str) -> WebhookTransport:
    """As in service, but every name stands for these addresses."""
    return WebhookTransport(resolve=lambda host, port: addresses)


PRIVATE = (
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
    *("224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.0.192", "100.100.100.200", "168.63.129.16"),
    *("::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    *("2001:0:7f00:1:0:0:80ff:fffe", "nonsense"),
)


@pytest.mark.parametrize("address", PRIVATE)
def test_no_way_inside(address: str) -> None:
    assert "public address" in (at(address).problem_with("https://hooks.example/x") or "")
    with pytest.raises(Undelivered, match="address_refused"):
        at(address).post("https://hooks.example/x", b"", {})


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert at(address).problem_with("https://hooks.example/x?y=1") is None


def test_one_private_address_of_several_is_enough() -> None:
    assert at("8.8.8.8", "127.0.0.1").problem_with("https://hooks.example")
    assert at("127.0.0.1", "8.8.8.8").problem_with("https://hooks.example")
    assert "unknown" in (at().problem_with("https://hooks.example") or "")


@pytest.mark.parametrize(
    "url",
    [
        *("http://hooks.example", "ftp://hooks.example", "//hooks.example", "hooks.example", "", "https://"),
        *("https://user:secret@hooks.example", "https://hooks.example/#x", "https://hooks.example:99999"),
        *("https://hooks.example:0", "https://[::1", "https://höks.example", "https://hooks.example/a b"),
        *("https://hooks.example/\r\nX: y", "https://hooks.example/" + "x" * 2000),
    ],
)
def test_no_webhook(url: str) -> None:
    assert at("8.8.8.8").problem_with(url)


@pytest.mark.parametrize("host", ["127.1", "0x7f.1", "2130706433", "017700000001", "localhost", "[::1]"])
def test_numbers_in_disguise(host: str) -> None:
    """As the system itself reads them."""
    assert WebhookTransport().problem_with(f"https://{host}/") is not None


def test_a_name_that_means_another_address_later(receiver: Receiver) -> None:
    """What was public at the registration is looked at again, and what was looked at is gone to."""
    answers = iter([["8.8.8.8"], ["127.0.0.1"]])
    transport = WebhookTransport(resolve=lambda host, port: next(answers))
    url = receiver.url.replace("http:", "https:")
    assert transport.problem_with(url) is None
    with pytest.raises(Undelivered, match="address_refused"):
        transport.post(url, b"{}", {})
    asked: list[str] = []

    def once(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    named = receiver.url.replace("localhost", "hooks.example")
    assert WebhookTransport(insecure=True, resolve=once).post(named, b"{}", {}) == 200
    assert asked == ["hooks.example"]
    assert receiver.got[0].headers["Host"].startswith("hooks.example:")


def test_what_was_allowed_to_be_insecure_once(receiver: Receiver) -> None:
    assert WebhookTransport(insecure=True).problem_with(receiver.url) is None
    with pytest.raises(Undelivered, match="address_refused"):
        WebhookTransport().post(receiver.url, b"{}", {})
    assert receiver.got == []


def test_redirects_are_not_followed(receiver: Receiver) -> None:
    receiver.answers, receiver.location = [307], receiver.url
    assert WebhookTransport(insecure=True).post(receiver.url, b"{}", {}) == 307
    assert len(receiver.got) == 1


def test_no_answer() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(Undelivered, match="no_answer"):
            WebhookTransport(insecure=True).post(f"http://127.0.0.1:{taken.getsockname()[1]}/", b"", {})
    with pytest.raises(Undelivered, match="name_unknown"):
        WebhookTransport(insecure=True, resolve=_unknown).post("http://hooks.example/", b"", {})


def _unknown(host: str, port: int) -> list[str]:
    raise socket.gaierror


def test_a_drop_at_a_time_ends_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=_drip, args=(server,), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(Undelivered, match="no_answer"):
            WebhookTransport(insecure=True).post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"", {})
        assert time.monotonic() - began < 2


def _drip(server: socket.socket) -> None:
    link, _ = server.accept()
    with link:
        try:
            while True:
                link.sendall(b"H")
                time.sleep(0.05)
        except OSError:
            pass


def test_certificates_are_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-days", "2")
    named = ("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate))
    subprocess.run(("openssl", *made, *named), check=True, capture_output=True)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with receiving(tls=tls) as receiver:
        with pytest.raises(Undelivered, match="tls_failed"):
            WebhookTransport(insecure=True).post(receiver.url, b"{}", {})
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert WebhookTransport(insecure=True).post(receiver.url, b"{}", {}) == 200
        elsewhere = WebhookTransport(insecure=True, resolve=lambda host, port: ["127.0.0.1"])
        with pytest.raises(Undelivered, match="tls_failed"):  # the name counts, not the address
            elsewhere.post(receiver.url.replace("localhost", "hooks.example"), b"{}", {})
    assert len(receiver.got) == 1
