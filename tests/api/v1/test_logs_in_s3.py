"""Logs that lie in a bucket are answered with where they lie, to whoever can read them there."""

import urllib.request
from urllib.parse import parse_qs, urlsplit

import zstandard

from tests.api.v1.test_logs import FAILED, failed_job


def test_client_that_takes_zstd_is_sent_to_the_bucket_for_five_minutes(open_shop, s3):
    with open_shop(**s3) as shop:
        _, job = failed_job(shop)
        path = f"/api/v1/jobs/{job['id']}/logs"
        sent = shop.get(path, headers={"Accept-Encoding": "zstd"}, follow_redirects=False)

        assert sent.status_code == 302
        address = sent.headers["location"]
        assert parse_qs(urlsplit(address).query)["X-Amz-Expires"] == ["300"]
        with urllib.request.urlopen(address) as answer:
            assert answer.headers["content-encoding"] == "zstd"
            assert zstandard.ZstdDecompressor().stream_reader(answer).read().decode() == FAILED
        assert shop.get(path, headers={"Accept-Encoding": "gzip"}).text == FAILED


def test_log_in_the_bucket_is_searched_shown_in_part_and_saved(open_shop, s3):
    with open_shop(**s3) as shop:
        _, job = failed_job(shop)
        path = f"/api/v1/jobs/{job['id']}/log"

        assert shop.read("/api/v1/logs/search", q="cannot import")["count"] == 1
        assert shop.read(f"{path}/window", first=4, count=1)["lines"] == [FAILED.splitlines()[3]]
        assert shop.get(f"{path}/download").text == FAILED
        answer = shop.get(f"{path}?first=6", headers={"Accept-Encoding": "identity"})
        assert answer.text == FAILED.splitlines(keepends=True)[5]
