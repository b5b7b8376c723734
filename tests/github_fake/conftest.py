"""A stand-in with one of everything in it."""

import httpx
import pytest


class Visitor:
    """Asks a stand-in as somebody."""

    def __init__(self, hub, token):
        self.hub, self.token = hub, token
        self.client = httpx.Client(base_url=hub.url, trust_env=False)

    def ask(self, method, path, **headers):
        """Return the answer of a request."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            named["Authorization"] = f"Bearer {self.token}"
        return self.client.request(method, path, headers=named)

    def get(self, path, **headers):
        """Return the answer to a GET."""
        return self.ask("GET", path, **headers)


@pytest.fixture
def visit(hub):
    visitors = []

    def visit(token="ghp_kim"):
        visitors.append(Visitor(hub, token))
        return visitors[-1]

    yield visit
    for visitor in visitors:
        visitor.client.close()


@pytest.fixture
def kim(visit):
    return visit()


@pytest.fixture
def run(hub):
    """A run of two attempts with a job each."""
    home = hub.repository()
    home.hook()
    run = home.run()
    run.job("build", log="compiled\n")
    run.start()
    run.finish("failure")
    run.again()
    run.job("build", log="compiled\n")
    run.start()
    run.finish()
    return run
