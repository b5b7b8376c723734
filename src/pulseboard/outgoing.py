"""The one client for addresses that users have entered: it never reaches into the private network.

A name is resolved once, every address it has is checked, and the connection goes to a checked one,
so a name that changes its mind in between gains nothing. No proxy, no redirect, no second chance.
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final, NamedTuple

import httpcore
import httpx

from pulseboard.config import Settings
from pulseboard.errors import InvalidInput, TooLarge, Unavailable

_SECONDS: Final = 10.0
_MAX_BYTES: Final = 64 * 1024
# Bytes that are sent before the time is looked at again.
_PIECE: Final = 16 * 1024
_PORTS: Final = (443, 8443)
_MAIL_PORTS: Final = (25, 465, 587, 2525)
_NO_HEADERS: Final[Mapping[str, str]] = {}
# Python calls these global, but they lead somewhere else: into IPv4 by translation or a tunnel
# (NAT64, 6to4, Teredo), or to whoever answers nearby.
_DETOURS: Final = tuple(
    map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "192.0.0.0/24",
                     "192.88.99.0/24", "3fff::/20", "5f00::/16", "fec0::/10"))
)  # fmt: skip

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Refused(InvalidInput):
    """We do not send anything there; the words say why and what would be right."""

    title = "Address refused"


class Unreachable(Unavailable):
    """Nobody answered there, or not in time."""

    title = "No answer"
    # We were connected, so what was sent may be there although no answer came.
    may_have_arrived = False


class Reply(NamedTuple):
    """What came back: the status, the headers by lower-case name, and the body."""

    status: int
    headers: dict[str, str]
    body: bytes


class Stream(NamedTuple):
    """What comes back, piece by piece: the status, headers by lower-case name, pieces of body."""

    status: int
    headers: dict[str, str]
    parts: Iterator[bytes]


class Outgoing:
    """Sends requests to public addresses, and to private ones that the operator allows."""

    def __init__(self, *, allowed: Sequence[Network] = ()) -> None:
        self._allowed = tuple(allowed)
        self._tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, settings: Settings) -> "Outgoing":
        """Return the client of these settings."""
        return cls(allowed=settings.allow_private_targets)

    def check(self, url: str) -> None:
        """Say whether `send` would try this address now.

        Raises Refused or Unreachable as `send` does.
        """
        self._find(parse_address(url), until=time.monotonic() + _SECONDS)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        body: bytes = b"",
        max_bytes: int = _MAX_BYTES,
        seconds: float = _SECONDS,
    ) -> Reply:
        """Send one request and return the answer, whatever its status; redirects are answers, too.

        Raises Refused for an address we do not send to, Unreachable when nothing came back within
        `seconds` from beginning to end, TooLarge when the body has more than `max_bytes`.
        """
        with self.open(method, url, headers=headers, body=body, seconds=seconds) as stream:
            return _read(stream, max_bytes=max_bytes)

    @contextmanager
    def open(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = _NO_HEADERS,
        body: bytes = b"",
        seconds: float = _SECONDS,
    ) -> Iterator[Stream]:
        """Send one request and hand over the answer as it comes, whatever its size.

        Raises Refused as `send` does, and Unreachable when it is not all there after `seconds`.
        """
        until = time.monotonic() + seconds
        target = parse_address(url)
        backend = _Backend(self._find(target, until=until), until=until)
        request = _request(method, target, headers=headers, body=body)
        try:
            with (
                httpcore.ConnectionPool(self._context(target), network_backend=backend) as pool,
                closing(pool.handle_request(request)) as response,
            ):
                parts = response.iter_stream()
                yield Stream(response.status, _headers_of(response), iter(parts))
                return
        except httpcore.TimeoutException:
            lost = Unreachable(f"{target.host} did not answer within {seconds:g} s")
        except httpcore.LocalProtocolError as error:
            # It quotes what cannot be sent, and that may be secret.
            lost = Unreachable(f"{target.host} cannot be asked like this: {type(error).__name__}")
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            lost = Unreachable(f"{target.host} cannot be reached: {_reason(error)}")
        lost.may_have_arrived = backend.is_connected
        raise lost

    def find_mail_server(self, host: str, port: int) -> tuple[list[Address], bool]:
        """Return the checked addresses of a mail server, and whether its network is allowed.

        Raises Refused for an address we do not send to, Unreachable for an unknown name.
        """
        addresses = _resolve(host, port, until=time.monotonic() + _SECONDS)
        if all(self._is_allowed(address) for address in addresses):
            return addresses, True
        self._refuse_private(host, addresses)
        if port not in _MAIL_PORTS:
            known = ", ".join(map(str, _MAIL_PORTS))
            raise Refused(f"Port {port} is not used for mail; {known} are")
        return addresses, False

    def _context(self, target: httpx.URL) -> ssl.SSLContext | None:
        if target.scheme == "https" and self._tls is None:
            self._tls = httpx.create_ssl_context(trust_env=False)
        return self._tls

    def _find(self, target: httpx.URL, *, until: float) -> list[Address]:
        """Return every address of the host, all of them checked."""
        addresses = _resolve(target.host, _port(target), until=until)
        if all(self._is_allowed(address) for address in addresses):
            return addresses
        self._refuse_private(target.host, addresses)
        if target.scheme != "https":
            raise Refused("The address must begin with https://")
        if _port(target) not in _PORTS:
            raise Refused(f"Port {_port(target)} is not used for this; 443 and 8443 are")
        return addresses

    def _refuse_private(self, host: str, addresses: Sequence[Address]) -> None:
        for address in addresses:
            if not is_public(address) and not self._is_allowed(address):
                raise Refused(
                    f"{host} leads to {address}, which is not a public address. If it is"
                    " meant to be reached, add its network to PULSEBOARD_ALLOW_PRIVATE_TARGETS."
                )

    def _is_allowed(self, address: Address) -> bool:
        return any(address in network for network in self._allowed)


def is_public(address: Address) -> bool:
    """Say whether an address belongs to the public internet, by every name it goes by."""
    if any(address in network for network in _DETOURS):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def parse_address(url: str) -> httpx.URL:
    """Read an address; raises Refused for what can be none of those we send to."""
    try:
        target = httpx.URL(url)
    except (httpx.InvalidURL, TypeError):
        raise Refused("The address cannot be read") from None
    if target.scheme not in ("http", "https") or not target.host:
        raise Refused("The address must begin with https://")
    if target.userinfo:
        raise Refused("The address must hold no user and no password")
    return target


def _port(target: httpx.URL) -> int:
    return target.port or (443 if target.scheme == "https" else 80)


def _resolve(host: str, port: int, *, until: float) -> list[Address]:
    found: list[Any] = []

    def ask() -> None:
        try:
            found.extend(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            return

    # The system's resolver takes no time limit, and it may take half a minute to give up.
    thread = threading.Thread(target=ask, name="resolve", daemon=True)
    thread.start()
    thread.join(max(0.0, until - time.monotonic()))
    # The zone of a link-local address is cut off: such an address is not public anyway.
    addresses = [_plain(ip_address(entry[4][0].split("%")[0])) for entry in list(found)]
    if not addresses:
        raise Unreachable(f"The name {host} is not known, or its name server does not answer")
    return list(dict.fromkeys(addresses))


def _plain(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one merely wraps."""
    return getattr(address, "ipv4_mapped", None) or address


def _request(
    method: str, target: httpx.URL, *, headers: Mapping[str, str], body: bytes
) -> httpcore.Request:
    for name, value in headers.items():
        # Their own errors would quote the value, and that may be a token.
        if not (value.isascii() and value.isprintable()):
            raise Refused(f"{name} holds a sign that cannot be sent: enter its value anew")
    given = {"Accept": "*/*", "Accept-Encoding": "identity", "User-Agent": "Pulseboard"}
    sent = httpx.Headers(given | dict(headers))
    sent["Host"] = target.netloc.decode("ascii")
    sent["Content-Length"] = str(len(body))
    sent["Connection"] = "close"
    return httpcore.Request(
        method,
        httpcore.URL(
            scheme=target.raw_scheme, host=target.raw_host, port=_port(target),
            target=target.raw_path,
        ),
        headers=sent.raw,
        content=body,
    )  # fmt: skip


def _headers_of(response: httpcore.Response) -> dict[str, str]:
    return {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }


def _read(stream: Stream, *, max_bytes: int) -> Reply:
    body = bytearray()
    for part in stream.parts:
        body += part
        if len(body) > max_bytes:
            raise TooLarge(f"The answer has more than {max_bytes} bytes")
    return Reply(stream.status, stream.headers, bytes(body))


def _reason(error: Exception) -> str:
    # A message of TLS can quote the whole certificate.
    return (str(error) or type(error).__name__).splitlines()[0][:200]


class _Backend(httpcore.NetworkBackend):
    """Connects to checked addresses only, and to nothing after the time is up."""

    def __init__(self, addresses: Sequence[Address], *, until: float) -> None:
        self._addresses = addresses
        self._until = until
        self.is_connected = False
        self._plain = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002  # Its name was looked up before, and is not again.
        port: int,
        timeout: float | None = None,  # noqa: ARG002  # One deadline holds for all.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        failure: Exception = httpcore.ConnectError("it has no address")
        for tried, address in enumerate(self._addresses):
            # An address that swallows everything must leave time for the next one.
            share = _left(self._until) / (len(self._addresses) - tried)
            try:
                stream = self._plain.connect_tcp(
                    str(address), port, share, local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                self.is_connected = True
                return _Stream(stream, until=self._until)
        raise failure


class _Stream(httpcore.NetworkStream):
    """A connection whose every step ends when the time is up, however little comes at a time."""

    def __init__(self, stream: httpcore.NetworkStream, *, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        return self._stream.read(max_bytes, _left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], _left(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> httpcore.NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(self._until))
        return _Stream(stream, until=self._until)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time is up")
    return left
