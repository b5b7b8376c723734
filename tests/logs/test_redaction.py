"""Secrets are masked, counted, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulseboard.errors import ConfigurationError
from pulseboard.logs import lines
from pulseboard.logs.redaction import Redactor

PLAIN = Redactor()
# Made up here, in the shape of each.
SECRETS = {
    "github": [b"ghp_" + b"a1B2" * 9, b"ghs_" + b"x" * 36, b"github_pat_" + b"A1_b" * 20,
               b"ghs_" + b"123_eyJh." + b"x1Y2" * 130],
    "aws": [b"AKIA" + b"ABCDEFGH234567YZ", b"ASIA" + b"ABCDEFGH234567YZ"],
    "slack": [b"xoxb-1234567890-abcdef", b"https://hooks.slack.com/services/T0/B0/abc"],
    "jwt": [b"eyJhbGciOi.eyJzdWIiOi.c2lnbmF0dXJl"],
    "token": [b"glpat-" + b"a" * 20, b"npm_" + b"b" * 36, b"glrt-t1_" + b"a" * 20,
              b"glcbt-64_" + b"a" * 20, b"gldt-" + b"a" * 20, b"glptt-" + b"a" * 40],
}  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "secret"), [(kind, secret) for kind, some in SECRETS.items() for secret in some]
)
def test_token_is_masked_and_counted(kind, secret):
    assert PLAIN.redact(b"a " + secret + b" b\n") == (b"a *** b\n", {kind: 1})


@pytest.mark.parametrize("secret", [secret for some in SECRETS.values() for secret in some])
def test_token_is_masked_whatever_stands_right_before_it(secret):
    for before in (b"\x1b[32m", b"TOKEN_", b"x", b"\x1b[0m\x1b[1;31m"):
        found = PLAIN.redact(b"a\n" + before + secret + b"\x1b[0m b\n")
        assert found.data.startswith(b"a\n")
        assert found.data.endswith(b"***\x1b[0m b\n")
        assert sum(found.counts.values()) == 1


@pytest.mark.parametrize("secret", [secret for some in SECRETS.values() for secret in some])
def test_token_with_colours_in_its_midst_is_masked_with_them(secret):
    for at in (1, 4, len(secret) - 1):
        torn = secret[:at] + b"\x1b[31;1m" + secret[at:]
        found = PLAIN.redact(b"\x1b[1ma\x1b[0m " + torn + b" \x1b[2mb\x1b[0m ghp_" + b"a1B2" * 9)
        assert found.data == b"\x1b[1ma\x1b[0m *** \x1b[2mb\x1b[0m ***"


@pytest.mark.parametrize("code", [b"\x1b(B", b"\x1b(B\x1b[m", b"\x1b]0;title\x07", b"\x1b7",
                                  b"\x1b]8;;https://example.org\x1b\\"])  # fmt: skip
def test_token_with_any_code_in_its_midst_is_masked_with_it(code):
    secret = b"ghp_" + b"a1B2" * 9
    for at in (1, 4, len(secret) - 1):
        torn = secret[:at] + code + secret[at:]
        found = PLAIN.redact(b"a " + torn + b" b\n" + code + secret + code)
        assert found == (b"a *** b\n" + code + b"***" + code, {"github": 2})


@pytest.mark.parametrize("end", [b"\x07", b"\x1b\\", b""])
def test_token_within_a_title_is_masked(end):
    title = b"\x1b]0;ghp_" + b"a1B2" * 9 + end
    assert PLAIN.redact(b"a " + title + b"\n") == (b"a \x1b]0;***" + end + b"\n", {"github": 1})


@pytest.mark.parametrize(
    ("line", "masked", "counts"),
    [
        (b"\x1b[36;1mAuthorization: \x1b[33mBearer abcdefgh.12345\x1b[0m",
         b"\x1b[36;1mAuthorization: \x1b[33mBearer ***\x1b[0m", {"authorization": 1}),
        (b"\x1b[31mhttps://kim:\x1b[32ms3cret@example.org\x1b[0m/x",
         b"\x1b[31mhttps://***@example.org\x1b[0m/x", {"url": 1}),
        (b'"SecretAccessKey": "' + b"a/B+" * 10 + b'"', b'"SecretAccessKey": "***"', {"aws": 1}),
        (b"git clone https://kim:s3cret@example.org/x.git",
         b"git clone https://***@example.org/x.git", {"url": 1}),
        (b"https://" + b"0a1b2c3d4e" * 4 + b"@github.com/x", b"https://***@github.com/x", {"url": 1}),
        (b"https://u:p@ss@h/x", b"https://***@h/x", {"url": 1}),
        (b"https://kim@example.org:s3cret@h/x", b"https://***@h/x", {"url": 1}),
        (b"redis://u:p@a,redis://:q@b", b"redis://***@a,redis://***@b", {"url": 2}),
        (b"https://u:p@h?to=a@b", b"https://***@h?to=a@b", {"url": 1}),
        (b"https://git@host and ssh://git@host:22/kim@example", None, {}),
        (b"https://example.org:8080/a@b and a:b@c", None, {}),
        (b"https://x-access-token:***@github.com", None, {}),
        (b"Authorization: Bearer abcdefgh.12345", b"Authorization: Bearer ***", {"authorization": 1}),
        (rb'{\"Authorization\": \"Bearer abcdefghijkl\"}', rb'{\"Authorization\": \"Bearer ***\"}',
         {"authorization": 1}),
        (rb'\\\"aws_secret_access_key\\\": \\\"' + b"A" * 40 + rb'\\\"',
         rb'\\\"aws_secret_access_key\\\": \\\"***\\\"', {"aws": 1}),
        (b"aws_secret_access_key=" + b"A" * 40, b"aws_secret_access_key=***", {"aws": 1}),
        (b'{"Authorization":["Bearer abcdefgh.12345"]}', b'{"Authorization":["Bearer ***"]}',
         {"authorization": 1}),
        (b"map[Accept:[*/*] Authorization:[Bearer abcdefgh.12345]]",
         b"map[Accept:[*/*] Authorization:[Bearer ***]]", {"authorization": 1}),
        (b'{"Authorization"=>"Bearer abcdefgh.12345"}', b'{"Authorization"=>"Bearer ***"}',
         {"authorization": 1}),
        (b"[(b'Authorization', b'Bearer abcdefgh.12345')]", b"[(b'Authorization', b'Bearer ***')]",
         {"authorization": 1}),
        (b"{'Authorization': b'Bearer abcdefgh.12345'}", b"{'Authorization': b'Bearer ***'}",
         {"authorization": 1}),
        (b"Authorization: Negotiate YIIabcdefgh==", b"Authorization: Negotiate ***",
         {"authorization": 1}),
        (b"no authorization, bearer credentials expected", None, {}),
        (b'"aws_secret_access_key" => "' + b"A" * 40 + b'"', b'"aws_secret_access_key" => "***"',
         {"aws": 1}),
        (b"AKIA is how they begin, ghp_ too", None, {}),
        (b"postgres://app:prefix-***@db", b"postgres://***@db", {"url": 1}),
        (b"postgres://app:s3cret:***@db", b"postgres://***@db", {"url": 1}),
    ],
)  # fmt: skip
def test_only_the_secret_part_is_masked(line, masked, counts):
    assert PLAIN.redact(line) == (line if masked is None else masked, counts)


def test_private_key_is_masked_line_by_line():
    stamp = b"2026-01-01T00:00:00.0000000Z "
    log = (
        b"before\n" + stamp + b"-----BEGIN RSA PRIVATE KEY-----\n" + stamp + b"MIIEow\n"
        + stamp + b"abc=\r\n" + stamp + b"-----END RSA PRIVATE KEY-----\nafter\n"
    )  # fmt: skip
    found = PLAIN.redact(log)

    assert found.counts == {"pem": 1}
    assert b"MIIEow" not in found.data
    assert b"abc=" not in found.data
    assert found.data.endswith(b"-----END RSA PRIVATE KEY-----\nafter\n")
    assert lines.count(found.data) == lines.count(log)


def test_key_that_was_cut_off_takes_no_more_than_its_lines():
    found = PLAIN.redact(b"-----BEGIN PRIVATE KEY-----\nMIIEow\nabc=\nThis is a sentence again!\n")

    assert found.data == b"-----BEGIN PRIVATE KEY-----\n***\n***\nThis is a sentence again!\n"


def test_coloured_key_that_was_cut_off_is_masked_to_its_end():
    rows = [b"-----BEGIN RSA PRIVATE KEY-----", b"MIIEow", b"abc="]
    coloured = b"".join(b"\x1b[36;1m" + row + b"\x1b[0m\n" for row in rows)

    found = PLAIN.redact(coloured + b"This is a sentence again!\n")

    assert b"MIIEow" not in found.data
    assert b"abc=" not in found.data
    assert found.data.endswith(b"This is a sentence again!\n")


def test_own_patterns_are_masked_too():
    own = Redactor([r"pass=\S+", r"card \d{4}"])

    assert own.redact(b"pass=1 card 1234 x") == (b"*** *** x", {"own": 2})


def test_own_pattern_masks_what_stands_before_something_masked():
    own = Redactor([r"--password .*", r"pass=\S+"])
    token = b"ghp_" + b"a1B2" * 9

    assert own.redact(b"--password s3cret --token " + token).data == b"***"
    assert own.redact(b"--password s3cret --token ***").data == b"***"
    assert own.redact(b"pass=prefix-***") == (b"***", {"own": 1})


@pytest.mark.parametrize("pattern", ["(", "(?=x)", "(a)\\1", "x" * 1001])
def test_pattern_that_re2_does_not_take_stops_the_start(pattern):
    with pytest.raises(ConfigurationError, match="PULSEBOARD_LOG_REDACT"):
        Redactor([pattern])


@given(st.binary(max_size=300))
def test_lines_stay_lines_whatever_the_bytes(data):
    assert lines.count(PLAIN.redact(data).data) == lines.count(data)


def test_keys_that_never_end_are_masked_in_a_single_pass():
    begun = b"-----BEGIN RSA PRIVATE KEY-----MIIEow\nno key!\n" * 40_000

    found = PLAIN.redact(begun)

    assert found.counts == {"pem": 40_000}
    assert b"MIIEow" not in found.data
