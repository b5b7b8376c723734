"""Raw payloads come back byte for byte, and secrets do not reach the screen."""

import json
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zstandard import ZstdCompressor, ZstdError

from pulseboard.collect.payloads import CURRENT, LEVEL, MASK, compress_all, decompress, mask
from pulseboard.collect.train_dictionary import samples
from tests.collect.github.objects import a_job, a_run, delivery


@given(st.binary())
def test_any_bytes_come_back(body):
    (compressed,) = compress_all([body])
    assert decompress(CURRENT, compressed) == body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        delivery(workflow_run=a_run()),
        delivery(workflow_job=a_job()),
        b'{"a":1,  "a":2}\r\n\xff',
        "🚀".encode() * 100_000,
        b"x" * 5_000_000,
    ],
)
def test_payload_comes_back_byte_for_byte(body):
    assert decompress(CURRENT, *compress_all([body])) == body


def test_payload_compressed_without_a_dictionary_is_read_too():
    assert decompress(0, ZstdCompressor().compress(b"old")) == b"old"


def test_released_dictionary_never_changes():
    """Whatever is stored was compressed with it: a better dictionary is a new version."""
    data = files("pulseboard.collect").joinpath("dictionaries", "github-1.zdict").read_bytes()
    assert (
        sha256(data).hexdigest()
        == "0f559a8b6cbc686a22c6a2656aee6714ab4d667885febb13225ffcbb02047936"
    )


def test_dictionary_makes_a_delivery_smaller():
    (body,) = samples(1, seed=7)
    plain = len(ZstdCompressor(level=LEVEL).compress(body))
    assert len(compress_all([body])[0]) < plain * 0.6


def test_samples_are_made_up_the_same_each_time():
    first, again = list(samples(20)), list(samples(20))
    assert first == again
    assert all(isinstance(json.loads(body), dict) for body in first)


def test_damaged_payload_is_not_read():
    (compressed,) = compress_all([delivery(workflow_run=a_run())])
    with pytest.raises(ZstdError):
        decompress(CURRENT, compressed[: len(compressed) // 2])


def test_threads_do_not_disturb_each_other():
    bodies = [delivery(workflow_run=a_run(id=number)) * 5 for number in range(1, 200)]
    with ThreadPoolExecutor(8) as pool:
        back = list(pool.map(lambda body: decompress(CURRENT, *compress_all([body])), bodies))
    assert back == bodies


TOKEN = "abcdefghijklmnopqrstuvwxyz0123456789"


@pytest.mark.parametrize(
    "secret",
    [
        *(f"gh{kind}_{TOKEN}" for kind in "opsur"),
        f"github_pat_11ABCDEFG0_{TOKEN}",
        "AKIAIOSFODNN7EXAMPLE",
        "ASIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-1234567890123-abcdefABCDEF",
        "xapp-1-A0B1C2D3-123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl-_",
        "of-eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl-_",
        f"glpat-{TOKEN}",
        f"npm_{TOKEN}",
        f"pb_{TOKEN}",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nabc=\n-----END RSA PRIVATE KEY-----",
        "-----BEGIN PRIVATE KEY-----\\nMIIE\\nabc=\\n-----END PRIVATE KEY-----",
        # Cut off in the middle.
        "-----BEGIN OPENSSH PRIVATE KEY-----\nMIIE",
    ],
)
def test_secret_is_masked_and_what_stands_around_it_is_not(secret):
    assert mask(f"before {secret}").startswith(f"before {MASK}")
    assert mask(f"x {secret}") == f"x {MASK}"
    assert secret not in mask(json.dumps({"log": f"{secret} {secret}"}))


@pytest.mark.parametrize("before", ["\x1b[32m", "x_", "TOKEN"])
def test_token_is_masked_whatever_stands_right_before_it(before):
    body = json.dumps({"log": f"{before}ghp_{TOKEN} {before}AKIAIOSFODNN7EXAMPLE \x1b[0m"})

    shown = mask(body)

    assert TOKEN not in shown
    assert "IOSFODNN7EXAMPLE" not in shown


@pytest.mark.parametrize("part", ["-eyJ", "eyJa-", "eyJ.", "-eyJaaaaaaaa.b."])
def test_what_only_begins_like_a_token_is_looked_at_in_a_single_pass(part):
    text = part * (400_000 // len(part))

    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://kim:pa55@host/path", "https://***@host/path"),
        ("postgresql://kim:p%40ss@db:5432/x", "postgresql://***@db:5432/x"),
        ("https://kim:p@ss@host/path?to=a@b", "https://***@host/path?to=a@b"),
        ("https://kim@example.org:pass@host", "https://***@host"),
        (f"https://{TOKEN}@github.com/a/b", "https://***@github.com/a/b"),
        ("https://hooks.slack.com/services/T0/B0/xyz?a", "https://hooks.slack.com/***?a"),
        ("Authorization: Bearer abc.def-123456", "Authorization: Bearer ***"),
        ('"authorization": "token abcdef123456"', '"authorization": "token ***"'),
        ("aws_secret_access_key=" + "a" * 40, "aws_secret_access_key=***"),
        ('"SecretAccessKey": "' + "a" * 40 + '"', '"SecretAccessKey": "***"'),
    ],
)
def test_passwords_in_addresses_and_headers_are_masked(text, shown):
    assert mask(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/acme/api/actions/runs/9001",
        "https://api.github.com/repos/acme/api/compare/{base}...{head}",
        "https://api.github.com/users/kim/starred{/owner}{/repo}",
        "git@github.com:acme/api.git",
        "git://github.com/acme/api.git",
        "ssh://git@github.com/acme/api",
        "mail kim@example.org at 10:00 about https://x.example/?to=a:b@c",
        "node_id MDQ6VXNlcjE= and sha 5184f9c0aa5184f9c0aa5184f9c0aa5184f9c0aa",
        "the token expired, the bearer of it left",
        "npm_config_cache gh_pages xoxo eyJ AKIA",
    ],
)
def test_ordinary_text_is_shown_as_it_is(text):
    assert mask(text) == text


def test_whole_delivery_without_secrets_is_shown_as_it_is():
    for body in samples(50, seed=3):
        assert mask(body.decode()) == body.decode()
