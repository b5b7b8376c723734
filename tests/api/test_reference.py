"""The page at /docs describes every route that the OpenAPI description has, and asks nobody else."""

import re
from html import unescape


def test_page_describes_every_route_with_its_method(shop):
    described = shop.get("/openapi.json").json()["paths"]
    page = shop.get("/docs")

    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())
    for path, methods in described.items():
        for method in methods:
            assert f"{method.upper()} {path}" in text
    assert page.headers["content-type"].startswith("text/html")


def test_page_asks_nothing_of_another_host(shop):
    page = shop.get("/docs").text

    assert not re.findall(r"(?:src|href)=\"https?://", page)
    assert "<script>" not in page
