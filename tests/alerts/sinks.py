"""The outermost things, faked for real: an HTTP server and a mail server on this machine."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from tests.chaos.servers import free_port


class Sink:
    """Counts what arrives and answers as it was told, the last answer again and again."""

    def __init__(self, server):
        self._server = server
        self.received = []
        self.answers = [(200, {}, b"ok")]
        self.lock = threading.Lock()

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def says(self, *answers):
        """Each answer is (status, headers, body), or "hang" or "cut"."""
        self.answers = [
            a if isinstance(a, str) else (a[0], *(list(a[1:]) + [{}, b"ok"][len(a) - 1 :]))
            for a in answers
        ]

    @property
    def bodies(self):
        return [json.loads(body) for _, _, body in self.received]

    def take(self, path, headers, body):
        with self.lock:
            self.received.append((path, headers, body))
            return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def http_sink():
    """Run a sink until the block ends."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = sink.take(self.path, {k.lower(): v for k, v in self.headers.items()}, body)
            if answer == "hang":
                time.sleep(1)
                return
            if answer == "cut":
                self.connection.close()
                return
            status, headers, said = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink = Sink(server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Letters:
    """What a mail server took in; `refuse` is a code and words for the next recipients."""

    def __init__(self):
        self.letters = []
        self.refuse = None

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.letters.append((session.ssl is not None, session.authenticated, envelope))
        return "250 taken as 4711"


@contextmanager
def mail_sink(*, tls=None):
    """Run a mail server with AUTH, and with STARTTLS when given a context."""

    def authenticate(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (b"kim", b"secret"), handled=False)

    letters = Letters()
    controller = Controller(
        letters, hostname="127.0.0.1", port=free_port(), tls_context=tls, require_starttls=tls is not None,
        authenticator=authenticate, auth_require_tls=tls is not None,
    )  # fmt: skip
    controller.start()
    letters.port = controller.port
    try:
        yield letters
    finally:
        controller.stop()
