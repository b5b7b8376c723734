"""The guarded client: what is public is reached, what is not is refused in words."""

import datetime as dt
import ipaddress
import re
import socket
import ssl
import threading
import time
from contextlib import contextmanager, suppress
from ipaddress import ip_address, ip_network

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pulseboard import outgoing
from pulseboard.config import load_settings
from pulseboard.errors import TooLarge
from pulseboard.outgoing import Outgoing, Refused, Unreachable, is_public

LOOPBACK = ip_network("127.0.0.0/8")


class Peer(threading.Thread):
    """A server that says the same to everybody and remembers what it was asked."""

    def __init__(self, answer, *, tls=None, pause=0.0):
        super().__init__(daemon=True)
        self._answer = answer
        self._tls = tls
        self._pause = pause
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.heard = []
        self._ended = threading.Event()

    def run(self):
        while not self._ended.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection, suppress(OSError):
                if self._tls:
                    connection = self._tls.wrap_socket(connection, server_side=True)
                self._converse(connection)
                connection.close()

    def _converse(self, connection):
        heard = connection.recv(65_536)
        while not is_whole(heard) and (more := connection.recv(65_536)):
            heard += more
        self.heard.append(heard)
        if not self._pause:
            connection.sendall(self._answer)
            return
        for position in range(len(self._answer)):
            connection.sendall(self._answer[position : position + 1])
            if self._ended.wait(self._pause):
                return

    def end(self):
        self._ended.set()
        self._socket.close()
        self.join(5)


def is_whole(request):
    """Say whether a request has come with all of its body."""
    head, _, body = request.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return b"\r\n\r\n" in request and len(body) >= int(length[1] if length else 0)


@contextmanager
def peer(answer=b"HTTP/1.1 204 No Content\r\nX-Said: yes\r\n\r\n", **options):
    """A running Peer."""
    made = Peer(answer, **options)
    made.start()
    try:
        yield made
    finally:
        made.end()


@pytest.fixture
def names(monkeypatch):
    """A phone book in place of the name servers: {name: [addresses]}, and how often it is asked."""
    book, asked = {}, []
    real = socket.getaddrinfo

    def look_up(host, port, *rest, **options):
        if host not in book:
            return real(host, port, *rest, **options)
        asked.append(host)
        if not book[host]:
            raise socket.gaierror(-2, "Name or service not known")
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "",
             (address, port))
            for address in book[host]
        ]  # fmt: skip

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    book["asked"] = asked
    return book


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
     "100.64.0.1", "192.0.0.8", "192.88.99.1", "198.18.0.1", "224.0.0.1", "240.0.0.1",
     "255.255.255.255", "::", "::1", "fe80::1", "fec0::1", "fc00::1", "ff02::1", "64:ff9b::7f00:1",
     "64:ff9b:1::1", "2002:7f00:1::", "2001:0:1::", "2001:db8::1", "3fff::1", "100::1"],
)  # fmt: skip
def test_an_address_that_is_not_public_is_known_as_such(address):
    assert not is_public(ip_address(address))


@pytest.mark.parametrize("address", ["140.82.112.3", "1.1.1.1", "2606:4700::1111", "2a00:1450::1"])
def test_a_public_address_is_known_as_such(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:10.0.0.1]", "0.0.0.0",
     "2130706433", "0x7f.1", "127.1", "[64:ff9b::7f00:1]", "[fe80::1]",
     "169.254.169.254"],
)  # fmt: skip
def test_every_spelling_of_a_private_address_is_refused(host):
    with pytest.raises(Refused, match="not a public address"):
        Outgoing().send("POST", f"https://{host}/hook")


def test_a_name_with_one_private_address_among_public_ones_is_refused(names):
    names["mixed.test"] = ["1.1.1.1", "10.0.0.1"]
    with pytest.raises(Refused, match=r"10\.0\.0\.1.*PULSEBOARD_ALLOW_PRIVATE_TARGETS"):
        Outgoing().send("POST", "https://mixed.test/")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://public.test/", "must begin with https"),
        ("https://public.test:22/", "Port 22"),
        ("https://public.test:80/", "Port 80"),
        ("ftp://public.test/", "must begin with https"),
        ("file:///etc/passwd", "must begin with https"),
        ("https://", "must begin with https"),
        ("public.test", "must begin with https"),
        ("https://me:secret@public.test/", "no user and no password"),
        ("https://exa mple\x00/", "cannot be read"),
        ("https://public.test:99999/", "Port 99999"),
        ("https://0177.0.0.1/", "cannot be read"),
    ],
)
def test_an_address_of_another_form_is_refused(names, url, why):
    names["public.test"] = ["1.1.1.1"]
    with pytest.raises(Refused, match=why) as refused:
        Outgoing().send("POST", url)
    assert "secret" not in refused.value.detail


@pytest.mark.parametrize("url", ["https://public.test/x", "https://public.test:8443/"])
def test_a_public_address_passes_the_check(names, url):
    names["public.test"] = ["1.1.1.1", "2606:4700::1111"]
    Outgoing().check(url)


def test_a_name_nobody_knows_is_no_answer(names):
    names["gone.test"] = []
    with pytest.raises(Unreachable, match=r"gone\.test is not known"):
        Outgoing().send("POST", "https://gone.test/")


def test_a_name_server_that_is_silent_costs_no_more_than_the_time_given(monkeypatch):
    silent = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: silent.wait(10) and [])
    began = time.monotonic()
    with pytest.raises(Unreachable):
        Outgoing().send("POST", "https://slow.test/", seconds=0.1)
    assert time.monotonic() - began < 5
    silent.set()


def test_an_allowed_network_is_reached_by_http_on_any_port():
    with peer(b"HTTP/1.1 200 OK\r\nX-Said: yes\r\nContent-Length: 2\r\n\r\nok") as said:
        reply = Outgoing(allowed=[LOOPBACK]).send(
            "POST",
            f"http://127.0.0.1:{said.port}/a%20b?c=d",
            headers={"Content-Type": "application/json", "X-Own": "1"},
            body=b'{"a":1}',
        )
    assert reply == (200, {"x-said": "yes", "content-length": "2"}, b"ok")
    head, body = said.heard[0].split(b"\r\n\r\n")
    lines = {line.lower() for line in head.split(b"\r\n")}
    assert head.startswith(b"POST /a%20b?c=d HTTP/1.1\r\n")
    assert {b"host: 127.0.0.1:%d" % said.port, b"content-length: 7", b"x-own: 1",
            b"accept-encoding: identity", b"connection: close"} <= lines  # fmt: skip
    assert body == b'{"a":1}'


@pytest.mark.parametrize("sign", ["\u200b", "\x0b", "\r\n"])
def test_a_token_with_a_sign_that_cannot_be_sent_is_not_quoted(sign):
    with pytest.raises(Refused) as caught:
        Outgoing(allowed=[LOOPBACK]).send(
            "POST", "http://127.0.0.1:1/", headers={"Authorization": f"Bearer xoxb{sign}1"}
        )
    assert caught.value.detail.startswith("Authorization holds a sign that cannot be sent")


def test_only_the_named_network_is_allowed():
    with pytest.raises(Refused, match="not a public address"):
        Outgoing(allowed=[ip_network("10.0.0.0/8")]).send("POST", "http://127.0.0.1:1/")


def test_settings_name_the_allowed_networks(tmp_path):
    settings = load_settings(data=tmp_path, allow_private_targets="127.0.0.0/8")
    with peer() as said:
        reply = Outgoing.of(settings).send("GET", f"http://127.0.0.1:{said.port}/")
    assert reply.status == 204


def test_a_name_that_changes_its_mind_is_looked_up_once(names):
    names["rebind.test"] = ["127.0.0.1"]
    with peer() as said:
        Outgoing(allowed=[LOOPBACK]).send("GET", f"http://rebind.test:{said.port}/")
    assert names["asked"] == ["rebind.test"]
    assert b"\r\nHost: rebind.test:" in said.heard[0]


def test_the_next_address_is_tried_when_one_refuses(names):
    names["two.test"] = ["::1", "127.0.0.1"]
    with peer() as said:
        client = Outgoing(allowed=[LOOPBACK, ip_network("::1/128")])
        assert client.send("GET", f"http://two.test:{said.port}/").status == 204


def test_a_redirect_is_an_answer_and_is_not_followed():
    answer = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with peer(answer) as said:
        reply = Outgoing(allowed=[LOOPBACK]).send("GET", f"http://127.0.0.1:{said.port}/")
    assert (reply.status, reply.headers["location"]) == (302, "http://127.0.0.1:1/")
    assert len(said.heard) == 1


def test_a_proxy_of_the_environment_is_ignored(monkeypatch):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with peer() as said:
        assert Outgoing(allowed=[LOOPBACK]).send("GET", f"http://127.0.0.1:{said.port}/")[0] == 204


def test_an_answer_without_end_is_cut_off():
    with peer(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 300_000) as said:
        url = f"http://127.0.0.1:{said.port}/"
        with pytest.raises(TooLarge, match="more than 65536 bytes"):
            Outgoing(allowed=[LOOPBACK]).send("GET", url)
        reply = Outgoing(allowed=[LOOPBACK]).send("GET", url, max_bytes=300_000)
        assert len(reply.body) == 300_000


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\nX-Slow: " + b"y" * 99, b""])
def test_an_answer_that_drips_or_never_comes_ends_in_time(answer):
    with peer(answer, pause=0.05) as said:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            Outgoing(allowed=[LOOPBACK]).send("GET", f"http://127.0.0.1:{said.port}/", seconds=0.3)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "answer", [b"220 mail.test ESMTP\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"]
)
def test_what_is_no_answer_of_http_is_no_answer(answer):
    with peer(answer) as said, pytest.raises(Unreachable, match=r"127\.0\.0\.1 cannot be reached"):
        Outgoing(allowed=[LOOPBACK]).send("GET", f"http://127.0.0.1:{said.port}/")


def test_header_that_cannot_be_sent_is_not_quoted():
    headers = {"Authorization": "Bearer hunter2\nmore"}
    with peer(b"") as said, pytest.raises(Refused, match="Authorization holds a sign") as refused:
        Outgoing(allowed=[LOOPBACK]).send("GET", f"http://127.0.0.1:{said.port}/", headers=headers)
    assert "hunter2" not in refused.value.detail


def test_nobody_there_is_no_answer():
    # A port that is taken but not listened to stays nobody's, whatever else runs here.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with pytest.raises(Unreachable, match="cannot be reached"):
            Outgoing(allowed=[LOOPBACK]).send("GET", f"http://127.0.0.1:{port}/")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for secure.test that nobody has signed but itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "secure.test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("secure.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def server_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_the_certificate_is_checked_against_the_name(names, certificate, server_tls, monkeypatch):
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(outgoing.httpx, "create_ssl_context", lambda **_: trusting)
    names["secure.test"] = names["other.test"] = ["127.0.0.1"]
    client = Outgoing(allowed=[LOOPBACK])
    with peer(tls=server_tls) as said:
        assert client.send("POST", f"https://secure.test:{said.port}/", body=b"x").status == 204
        with pytest.raises(Unreachable, match=r"(?i)certificate"):
            client.send("POST", f"https://other.test:{said.port}/")


def test_a_certificate_nobody_knows_is_refused(names, server_tls):
    names["secure.test"] = ["127.0.0.1"]
    with peer(tls=server_tls) as said, pytest.raises(Unreachable, match=r"(?i)certificate"):
        Outgoing(allowed=[LOOPBACK]).send("POST", f"https://secure.test:{said.port}/")


def test_addresses_of_python_and_of_the_guard_agree_where_they_should():
    for first in range(256):
        address = ipaddress.ip_address(f"{first}.1.2.3")
        assert is_public(address) <= address.is_global
