"""config.py: what the environment may say, and the one line that stops a start."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from pulseboard.config import Settings, load_settings
from pulseboard.db.engine import database_url
from pulseboard.errors import ConfigurationError
from pulseboard.spelling import Environment


@pytest.fixture(autouse=True)
def _empty_folder(monkeypatch, tmp_path):
    """Read no .env but one that the test writes itself."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def settings_of(monkeypatch):
    def load(**environment):
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return load_settings()

    return load


@pytest.fixture
def refusal_of(settings_of):
    def refuse(**environment):
        with pytest.raises(ConfigurationError) as caught:
            settings_of(**environment)
        assert "\n" not in caught.value.detail
        # Pydantic's own error, which may hold a secret, must not hang on it.
        assert caught.value.__suppress_context__
        return caught.value.detail

    return refuse


def test_a_newcomer_needs_no_setting():
    settings = load_settings()
    assert (settings.host, settings.port, settings.is_loopback) == ("127.0.0.1", 8000, True)
    assert settings.database_url_or_default == "sqlite:///data/pulseboard.db"
    assert settings.environment is Environment.DEV
    assert settings.refresh_seconds == 60


def test_env_file_is_read_and_the_environment_beats_it(settings_of):
    Path(".env").write_text('DASHBOARD_TITLE="From the file"\nALERT_THRESHOLD=3\n')
    settings = settings_of(ALERT_THRESHOLD="5")
    assert (settings.title, settings.alert_threshold) == ("From the file", 5)


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_an_empty_variable_counts_as_not_set(settings_of, blank):
    settings = settings_of(PULSEBOARD_PORT=blank, DATABASE_URL=blank, GITHUB_TOKEN=blank)
    assert (settings.port, settings.database_url, settings.github_token) == (8000, None, None)


def test_a_variable_of_somebody_else_is_left_alone(settings_of):
    settings = settings_of(HOST="example.org", PORT="1", DATA="/", TITLE="?", port="2")
    assert (settings.host, settings.port, settings.title) == ("127.0.0.1", 8000, "Pulseboard")


def test_the_command_line_beats_the_environment(monkeypatch):
    monkeypatch.setenv("PULSEBOARD_PORT", "9000")
    assert load_settings(port=9001, host=None).port == 9001
    assert load_settings(port=None).port == 9000


@pytest.mark.parametrize(
    ("word", "environment"),
    [
        ("dev", "dev"),
        ("development", "dev"),
        ("test", "dev"),
        ("staging", "staging"),
        ("Production", "prod"),
        ("prod", "prod"),
    ],
)
def test_environments_have_several_names(settings_of, word, environment):
    assert settings_of(NODE_ENV=word).environment == environment


def test_the_nearest_name_of_the_environment_counts(settings_of):
    assert settings_of(NODE_ENV="production", BACKEND_ENV="staging").environment == "staging"
    assert settings_of(PULSEBOARD_ENV="dev").environment == "dev"
    assert settings_of(PULSEBOARD_ENV="", BACKEND_ENV="").environment == "prod"


def test_seconds_beat_minutes_whichever_is_larger(settings_of):
    assert settings_of(POLL_INTERVAL_MINUTES="5").refresh_seconds == 300
    assert settings_of(POLL_INTERVAL_MINUTES="0.5").refresh_seconds == 30
    assert settings_of(REFRESH_SECONDS="7").refresh_seconds == 7


def test_lists_are_split_at_commas(settings_of):
    settings = settings_of(
        GH_REPOS="acme/api, acme/web,,acme/api",
        GH_WORKFLOWS="ci.yml,release.yml",
        GITHUB_WEBHOOK_SECRET="new , old",
        PULSEBOARD_ALLOW_PRIVATE_TARGETS="10.0.0.0/8,fd00::/8",
        PULSEBOARD_CORS_ORIGINS="https://ci.example.org/",
        PULSEBOARD_ENV="prod",
    )
    assert settings.repos == ("acme/api", "acme/web")
    assert settings.workflows == ("ci.yml", "release.yml")
    assert [secret.get_secret_value() for secret in settings.webhook_secrets] == ["new", "old"]
    assert settings.allow_private_targets == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.allowed_origins == ("https://ci.example.org",)


def test_the_front_ends_own_server_may_call_in_dev(settings_of):
    assert settings_of().allowed_origins == ("http://localhost:5173",)
    assert settings_of(PULSEBOARD_ENV="staging").allowed_origins == ()


def test_what_was_copied_along_with_a_token_is_left_out(settings_of):
    settings = settings_of(GITHUB_TOKEN=" one\n", GITHUB_TOKENS="two\n, three\r\n")
    tokens = [token.get_secret_value() for token in settings.all_github_tokens]
    assert tokens == ["one", "two", "three"]


def test_single_and_several_tokens_are_one_set(settings_of):
    settings = settings_of(GITHUB_TOKEN="one", GITHUB_TOKENS="two,one")
    assert [token.get_secret_value() for token in settings.all_github_tokens] == ["one", "two"]


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgres://u:p@db/ci", "postgres://u:p@db/ci"),
        ("POSTGRESQL+psycopg2://u:p@db/ci", "postgresql+psycopg2://u:p@db/ci"),
        ("sqlite:////srv/ci.db", "sqlite:////srv/ci.db"),
        ("sqlite+aiosqlite:///ci.db", "sqlite+aiosqlite:///ci.db"),
    ],
)
def test_a_database_may_be_spelled_in_many_ways(settings_of, written, used):
    assert settings_of(DATABASE_URL=written, POSTGRES_HOST="x").database_url_or_default == used


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({"HOST": "db", "USER": "ci", "PASSWORD": "p@ss:w/d", "DB": "board"}, "postgresql://ci:p%40ss%3Aw%2Fd@db:5432/board"),
        ({"USER": "ci", "PORT": "6432"}, "postgresql://ci@localhost:6432/ci"),
        ({"HOST": "::1", "DB": "board"}, "postgresql://postgres@[::1]:5432/board"),
        ({"HOST": "/run/postgresql"}, "postgresql://postgres@/postgres?host=/run/postgresql&port=5432"),
        ({"PORT": "6432"}, "sqlite:///data/pulseboard.db"),
    ],
)  # fmt: skip
def test_postgres_variables_build_an_address(settings_of, variables, url):
    settings = settings_of(**{f"POSTGRES_{name}": value for name, value in variables.items()})
    assert settings.database_url_or_default == url


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.5", False),
        ("localhost.example.org", False),
    ],
)
def test_loopback_is_what_only_this_machine_reaches(settings_of, host, is_loopback):
    assert settings_of(PULSEBOARD_HOST=host).is_loopback is is_loopback


def test_polling_says_what_it_lacks(settings_of):
    assert "GH_REPOS" in settings_of().polling_reason
    assert "GH_WORKFLOWS" in settings_of(GH_REPOS="acme/api").polling_reason
    assert settings_of(GH_WORKFLOWS="*").polling_reason is None


def test_a_private_key_comes_from_a_variable_or_a_file(settings_of, tmp_path):
    (tmp_path / "key.pem").write_text("from file")
    settings = settings_of(GITHUB_APP_PRIVATE_KEY_FILE="key.pem")
    assert settings.read_github_app_key().get_secret_value() == "from file"
    settings = settings_of(GITHUB_APP_PRIVATE_KEY="line one\\nline two")
    assert settings.read_github_app_key().get_secret_value() == "line one\nline two"


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("PULSEBOARD_PORT", "http", "a port from 0 to 65535"),
        ("PULSEBOARD_PORT", "99999", "a port from 0 to 65535"),
        ("NODE_ENV", "qa", "dev, staging or prod"),
        ("GH_REPOS", "acme/api,acme", "owner/name, with commas"),
        ("REFRESH_SECONDS", "0", "a whole number of seconds from 1 to 86400"),
        ("REFRESH_SECONDS", "100000", "a whole number of seconds from 1 to 86400"),
        (
            "POLL_INTERVAL_MINUTES",
            "nan",
            "a number of minutes, at least one second and at most a day (1440)",
        ),
        (
            "PULSEBOARD_ALERT_GROUP_WAIT_SECONDS",
            "90000",
            "a whole number of seconds, at most 86400",
        ),
        (
            "PULSEBOARD_RETENTION_LOG_DAYS",
            "99999999999999999999999",
            "a whole number of days, at most 1000000, 0 to keep for ever",
        ),
        (
            "PULSEBOARD_RETENTION_DELIVERY_DAYS",
            "9999999",
            "a whole number of days from 30 to 1000000",
        ),
        ("ALERT_THRESHOLD", "-1", "a whole number of at least 1"),
        ("PULSEBOARD_TIMEZONE", "Berlin", "an IANA zone such as Europe/Berlin"),
        ("PULSEBOARD_ALLOW_ANONYMOUS", "admin", "viewer, or nothing"),
        (
            "PULSEBOARD_ALLOW_PRIVATE_TARGETS",
            "10.0.0.1/8",
            "networks such as 10.1.0.0/16, with commas",
        ),
        ("PULSEBOARD_CORS_ORIGINS", "*", "origins such as https://ci.example.org, with commas"),
        (
            "GITHUB_API_URL",
            "ghe.example.org",
            "an address that begins with http:// or https://, without spaces",
        ),
        (
            "PULSEBOARD_PUBLIC_URL",
            "https://ci example.org",
            "an address that begins with http:// or https://, without spaces",
        ),
        ("PULSEBOARD_DEMO", "perhaps", "true or false"),
        ("GITHUB_APP_PRIVATE_KEY_FILE", "gone.pem", "the path of a readable PEM file"),
    ],
)
def test_a_wrong_value_stops_the_start_with_one_line(refusal_of, variable, value, expected):
    assert refusal_of(**{variable: value}) == f"{variable} is '{value}'; it should be {expected}."


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "mysql://root:hunter2@db/ci"),
        ("DATABASE_URL", "hunter2"),
        ("DATABASE_URL", "sqlite://"),
        ("DATABASE_URL", "sqlite:///:memory:"),
        ("REDIS_URL", "http://:hunter2@cache"),
        ("SLACK_WEBHOOK_URL", "hooks.example.org/hunter2"),
        ("TEAMS_WEBHOOK_URL", "ftp://hunter2"),
        ("SLACK_WEBHOOK_URL", "https://hooks.example.org/hun ter2/hunter2"),
        ("GITHUB_TOKEN", "ghp_hunter2\nmore"),
        ("GITHUB_TOKEN", "ghp_hunter2é"),
        ("GITHUB_TOKENS", "ghp_good,ghp_hunter2\x07"),
    ],
)
def test_a_value_that_may_be_secret_is_never_repeated(refusal_of, variable, value):
    line = refusal_of(**{variable: value})
    assert line.startswith(f"{variable} holds something else")
    assert "hunter2" not in line


def test_the_database_lies_in_the_data_folder_whatever_its_name(settings_of):
    settings = settings_of(PULSEBOARD_DATA="what? 100%41 #1")
    url = database_url(settings.database_url_or_default)
    assert url.database == "what? 100%41 #1/pulseboard.db"


def test_a_data_folder_at_home_is_the_same_for_all_that_lies_in_it(settings_of, monkeypatch):
    monkeypatch.setenv("HOME", "/home/kim")
    settings = settings_of(PULSEBOARD_DATA="~/ci")
    assert settings.data == Path("/home/kim/ci")
    assert settings.database_url_or_default == "sqlite:////home/kim/ci/pulseboard.db"


def test_the_home_of_nobody_is_no_data_folder(refusal_of):
    assert refusal_of(PULSEBOARD_DATA="~nobody-of-that-name/ci").startswith(
        "PULSEBOARD_DATA is '~nobody-of-that-name/ci'; it should be the path of a folder"
    )


def test_a_wrong_value_in_the_env_file_is_named_too(refusal_of):
    Path(".env").write_text("PULSEBOARD_PORT=many\n")
    assert refusal_of().startswith("PULSEBOARD_PORT is 'many'")


def test_a_long_or_broken_value_stays_on_one_short_line(refusal_of):
    line = refusal_of(PULSEBOARD_TIMEZONE="a\nb" * 1000)
    assert len(line) < 200


def test_an_env_file_that_is_no_text_is_refused(refusal_of):
    Path(".env").write_bytes(b"DASHBOARD_TITLE=\xff\xfe\n")
    assert refusal_of() == "The file .env cannot be read; it should be text in UTF-8."


def test_secrets_are_not_shown_by_accident(settings_of):
    variables = (
        "GITHUB_TOKEN",
        "GITHUB_TOKENS",
        "GITHUB_WEBHOOK_SECRET",
        "GITHUB_APP_PRIVATE_KEY",
        "POSTGRES_PASSWORD",
        "SMTP_PASSWORD",
        "SENDGRID_API_KEY",
        "PULSEBOARD_INGEST_TOKEN",
        "PULSEBOARD_INGEST_SECRET",
        "PULSEBOARD_ADMIN_PASSWORD",
        "PULSEBOARD_SECRET_KEYS",
    )
    secret = dict.fromkeys(variables, "hunter2")
    settings = settings_of(DATABASE_URL="postgresql://u:hunter2@h/d", **secret)
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_no_setting_is_read_twice():
    variables = [name for field in Settings.model_fields.values() for name in _names(field)]
    assert len(variables) == len(set(variables))


def _names(field):
    alias = field.validation_alias
    return [alias] if isinstance(alias, str) else alias.choices
