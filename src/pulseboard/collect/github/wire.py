"""One request to GitHub's API and what comes back, whole or not at all."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final, Self

import httpx

from pulseboard import __version__, clock
from pulseboard.collect.github.answers import Refused
from pulseboard.collect.github.verdict import Received, hiccup
from pulseboard.vocabulary import FeedState

# A page of 100 runs has 2 MB; whatever has more than this is no page.
_MAX_BYTES: Final = 64 * 1024 * 1024
_TIMEOUT: Final = httpx.Timeout(30, connect=10, pool=60)
# However slowly it drips, an answer takes no longer.
_SECONDS: Final = 90.0
_CONNECTIONS: Final = httpx.Limits(max_connections=100, max_keepalive_connections=20)
_HEADERS: Final = {
    "Accept": "application/vnd.github+json",
    "User-Agent": f"Pulseboard/{__version__}",
    "X-GitHub-Api-Version": "2022-11-28",
}


class Wire:
    """Connections to GitHub that any number of threads share; redirects are answers, too.

    GITHUB_API_URL is the operator's own, so private networks, proxies and certificates of the
    environment (HTTPS_PROXY, SSL_CERT_FILE) are used as they are set.
    """

    def __init__(self, *, seconds: float = _SECONDS, timeout: httpx.Timeout = _TIMEOUT) -> None:
        self._seconds = seconds
        self._client = httpx.Client(headers=_HEADERS, timeout=timeout, limits=_CONNECTIONS)

    def send(self, method: str, url: str, *, headers: Mapping[str, str]) -> Received:
        """Send one request and return the answer, whatever its status.

        Raises Hiccup when nothing came back, not in time, or not all of it, and Refused when the
        answer has no end.
        """
        with self.open(method, url, headers=headers) as response:
            return Received(
                url,
                response.status_code,
                # Plain ones: every answer is asked for a dozen of them.
                dict(response.headers),
                self._read(response),
                response.links.get("next", {}).get("url"),
            )

    @contextmanager
    def open(
        self, method: str, url: str, *, headers: Mapping[str, str]
    ) -> Iterator[httpx.Response]:
        """Send one request and hand over the answer as it comes.

        Raises Hiccup when nothing came back, or not all of it.
        """
        try:
            with self._client.stream(method, url, headers=headers) as response:
                yield response
                return
        except httpx.TimeoutException:
            words = "GitHub did not answer in time."
        except httpx.ConnectError as error:
            words = f"GitHub cannot be reached ({_reason(error)})."
        except httpx.LocalProtocolError as error:
            # It quotes what cannot be sent, and that may be secret.
            words = f"GitHub cannot be asked like this ({type(error).__name__})."
        except (httpx.RequestError, httpx.StreamError) as error:
            words = f"GitHub's answer broke off ({_reason(error)})."
        raise hiccup(words, now=clock.now())

    def _read(self, response: httpx.Response) -> bytes:
        until = time.monotonic() + self._seconds
        body = bytearray()
        for part in response.iter_bytes():
            body += part
            if len(body) > _MAX_BYTES:
                raise Refused(
                    FeedState.UNREADABLE,
                    f"GitHub's answer has more than {_MAX_BYTES // 1024 // 1024} MB.",
                    next_step="Look whether GITHUB_API_URL is the base of GitHub's API.",
                )
            if time.monotonic() > until:
                raise httpx.ReadTimeout("it takes too long")
        return bytes(body)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    def __enter__(self) -> Self:
        """Return the wire itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close all connections."""
        self.close()


def _reason(error: Exception) -> str:
    # A message of TLS can quote the whole certificate.
    return (str(error) or type(error).__name__).splitlines()[0][:200]
