"""A real HTTP server on a free port of this machine that says what a function tells it to."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    params: dict[str, str]
    headers: Message
    body: bytes
    # The path with its query, as it was sent.
    target: str


class Reply(NamedTuple):
    """One answer; `sent` cuts the body after so many bytes, `wait` comes before it."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = MappingProxyType({})
    sent: int | None = None
    # Returns when the answer may go on; without, at once.
    wait: Callable[[], object] | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Clients of tests come and go without waiting for an answer.
    block_on_close = False

    def handle_error(self, request, client_address):
        """Say nothing about clients that hung up."""


@contextmanager
def serving(answer: Callable[[Asked], Reply]) -> Iterator[str]:
    """Serve until the end of the block; yield the base address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self):
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            params = {key: values[-1] for key, values in parse_qs(parts.query).items()}
            asked = Asked(self.command, parts.path, params, self.headers, body, self.path)
            reply = answer(asked)
            if reply.wait is not None:
                reply.wait()
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body[: reply.sent])
            if reply.sent is not None:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)

        def do_POST(self):
            self.do_GET()

        def log_message(self, *args):
            """Keep quiet."""

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.02), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
