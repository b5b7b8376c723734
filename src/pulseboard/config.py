"""Every setting of Pulseboard, read once at the start; the only reader of the environment."""

import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote
from zoneinfo import ZoneInfo

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import SettingsConfigDict

from pulseboard import spelling
from pulseboard.errors import ConfigurationError
from pulseboard.log_settings import LogSettings

DEVELOPMENT_ORIGIN: Final = "http://localhost:5173"
# A longer value is cut where a refused start repeats it.
_SHOWN_CHARACTERS: Final = 80


def _from(*variables: str, default: Any = None) -> Any:
    # The strongest variable comes first.
    alias = variables[0] if len(variables) == 1 else AliasChoices(*variables)
    return Field(default=default, validation_alias=alias)


class Settings(LogSettings):
    """What the environment, `.env` and the command line say, checked; secrets print as stars."""

    model_config = SettingsConfigDict(
        case_sensitive=True,
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        hide_input_in_errors=True,
        str_strip_whitespace=True,
        use_attribute_docstrings=True,
        validate_default=False,
    )

    # The server.
    host: spelling.Host = _from("PULSEBOARD_HOST", default="127.0.0.1")
    """Address to listen on. Anything but loopback needs anonymous reading."""
    port: spelling.ListeningPort = _from("PULSEBOARD_PORT", default=8000)
    """Port to listen on; 0 takes any free one."""
    data: spelling.Folder = _from("PULSEBOARD_DATA", default=Path("data"))
    """Folder for the SQLite file, logs and everything else that is kept."""
    title: spelling.Text = _from("DASHBOARD_TITLE", default="Pulseboard")
    """Title in the header, in the browser's tab and on the wall."""
    front_page: spelling.FirstPage = _from(
        "PULSEBOARD_FRONT_PAGE", default=spelling.FrontPage.DASHBOARD
    )
    """What the address without a path shows: a TV's own server shows the wall."""
    environment: spelling.BadgeEnvironment = _from(
        "PULSEBOARD_ENV", "BACKEND_ENV", "NODE_ENV", default=spelling.Environment.DEV
    )
    """Badge in the header; development, test and production are understood too. prod refuses the
    simulator."""
    timezone: spelling.Zone = _from("PULSEBOARD_TIMEZONE", default="UTC")
    """Zone in which days and weeks begin when a reader names none."""
    demo: spelling.Switch = _from("PULSEBOARD_DEMO", default=False)
    """Fill the database with labelled demo data and keep demo traffic coming."""
    background: spelling.Switch = _from("PULSEBOARD_BACKGROUND", default=True)
    """Do the work beside the requests (polling, backfill, retention) in the server's own process.
    Switch it off where `pulseboard worker` processes do it."""
    log_format: spelling.LogForm = _from("PULSEBOARD_LOG_FORMAT", default=spelling.LogFormat.AUTO)
    """Form of the server's own log: auto is pretty on a terminal and JSON elsewhere."""
    log_level: spelling.LogFloor = _from("PULSEBOARD_LOG_LEVEL", default=spelling.LogLevel.INFO)
    """Least important line that is still logged."""
    cors_origins: spelling.Origins = _from("PULSEBOARD_CORS_ORIGINS", default=())
    """Other origins whose pages may call the API. In dev http://localhost:5173 may anyway."""
    vite_api_url: spelling.OptionalWebAddress = _from("VITE_API_URL")
    """Base of the API for a page served from elsewhere; read when the page is built."""

    # Where things are kept.
    database_url: spelling.DatabaseAddress = _from("DATABASE_URL")
    """Database, in any spelling of postgresql:// or sqlite:///. Without it a SQLite file in the
    data folder is used."""
    postgres_host: spelling.OptionalText = _from("POSTGRES_HOST")
    """Any of POSTGRES_HOST, POSTGRES_DB, POSTGRES_USER and POSTGRES_PASSWORD makes a PostgreSQL
    address when DATABASE_URL is not set; the host is localhost unless this names another."""
    postgres_port: spelling.Port = _from("POSTGRES_PORT", default=5432)
    """Port of that PostgreSQL."""
    postgres_db: spelling.OptionalText = _from("POSTGRES_DB")
    """Database on that PostgreSQL; without it the one named like the user."""
    postgres_user: spelling.OptionalText = _from("POSTGRES_USER")
    """User on that PostgreSQL; without it postgres."""
    postgres_password: spelling.Secret = _from("POSTGRES_PASSWORD")
    """Password on that PostgreSQL."""
    redis_url: spelling.RedisAddress = _from("REDIS_URL")
    """Reserved for hints between several servers: nothing uses it in this version."""
    retention_payload_days: spelling.Days = _from("PULSEBOARD_RETENTION_PAYLOAD_DAYS", default=90)
    """How long raw payloads are kept, from their arrival."""
    retention_delivery_days: spelling.ThirtyDaysOrMore = _from(
        "PULSEBOARD_RETENTION_DELIVERY_DAYS", default=90
    )
    """How long the list of deliveries is kept, from their arrival; it keeps a redelivery from
    counting twice."""
    retention_job_days: spelling.Days = _from("PULSEBOARD_RETENTION_JOB_DAYS", default=0)
    """How long jobs and steps are kept, from the creation of their run."""
    retention_run_days: spelling.Days = _from("PULSEBOARD_RETENTION_RUN_DAYS", default=0)
    """How long runs are kept, from their creation; their numbers stay in the aggregates."""
    retention_hour_days: spelling.Days = _from("PULSEBOARD_RETENTION_HOUR_DAYS", default=0)
    """How long aggregates finer than a day are kept."""
    retention_day_days: spelling.Days = _from("PULSEBOARD_RETENTION_DAY_DAYS", default=0)
    """How long aggregates of a day and more are kept; never shorter than the runs they count."""

    # GitHub.
    github_token: spelling.Token = _from("GITHUB_TOKEN")
    """Token for polling and for fetching logs."""
    github_tokens: spelling.Tokens = _from("GITHUB_TOKENS", default=())
    """Several such tokens; their limits add up."""
    github_app_id: spelling.OptionalOneOrMore = _from("GITHUB_APP_ID")
    """Id of a GitHub App to use instead of tokens."""
    github_app_private_key: spelling.Secret = _from("GITHUB_APP_PRIVATE_KEY")
    """Private key of that App in PEM form; line breaks may be written as \\n."""
    github_app_private_key_file: spelling.OptionalFile = _from("GITHUB_APP_PRIVATE_KEY_FILE")
    """File that holds that key."""
    github_api_url: spelling.WebAddress = _from("GITHUB_API_URL", default="https://api.github.com")
    """Base of GitHub's REST API; that of your Enterprise Server otherwise."""
    webhook_secrets: spelling.Secrets = _from("GITHUB_WEBHOOK_SECRET", default=())
    """Secret of the webhook; two of them while rotating. With none, unsigned deliveries are taken
    on loopback only."""
    repos: spelling.Repositories = _from("GH_REPOS", default=())
    """Repositories to poll."""
    workflows: spelling.WorkflowFiles = _from("GH_WORKFLOWS", default=())
    """Workflow files to poll; * is all of them. Polling does not start while this is empty."""
    refresh_seconds: spelling.PollSeconds = _from("REFRESH_SECONDS", default=60)
    """Seconds between two polls."""
    poll_interval_minutes: spelling.PollMinutes = _from("POLL_INTERVAL_MINUTES")
    """The same in minutes; REFRESH_SECONDS counts when both are set."""

    # Who may do what.
    allow_anonymous: spelling.Anonymous = _from("PULSEBOARD_ALLOW_ANONYMOUS")
    """viewer lets anybody read who reaches the server."""
    admin_password: spelling.Secret = _from("PULSEBOARD_ADMIN_PASSWORD")
    """Reserved for the first administrator: it has no effect yet, as this version has no users."""
    ingest_token: spelling.Secret = _from("PULSEBOARD_INGEST_TOKEN")
    """Bearer token with which any CI may push runs."""
    ingest_secret: spelling.Secret = _from("PULSEBOARD_INGEST_SECRET")
    """Secret of pushed runs that are signed (X-Signature-256) instead."""
    secret_keys: spelling.Secrets = _from("PULSEBOARD_SECRET_KEYS", default=())
    """Keys that encrypt stored secrets, the newest first."""
    allow_private_targets: spelling.Networks = _from("PULSEBOARD_ALLOW_PRIVATE_TARGETS", default=())
    """Private networks that messages to channels may reach, then also by http and on any port."""

    # Alerts and the channels they go to.
    alert_threshold: spelling.OneOrMore = _from("ALERT_THRESHOLD", default=1)
    """Failures in a row before the built-in failure rule opens an alert."""
    alert_group_wait_seconds: spelling.Seconds = _from(
        "PULSEBOARD_ALERT_GROUP_WAIT_SECONDS", default=30
    )
    """How long an opening alert waits for company of the same repository; resolves go at once."""
    public_url: spelling.OptionalWebAddress = _from("PULSEBOARD_PUBLIC_URL")
    """Address under which people reach this server; the links in messages begin with it. Without
    it they name the address it listens on."""
    slack_webhook_url: spelling.SecretWebAddress = _from("SLACK_WEBHOOK_URL")
    """Creates the Slack channel."""
    teams_webhook_url: spelling.SecretWebAddress = _from("TEAMS_WEBHOOK_URL")
    """Creates the Microsoft Teams channel."""
    smtp_host: spelling.OptionalText = _from("SMTP_HOST")
    """Creates the e-mail channel; smtp.gmail.com for Gmail."""
    smtp_port: spelling.Port = _from("SMTP_PORT", default=587)
    """Port of the mail server: 587 for STARTTLS, 465 for TLS."""
    smtp_user: spelling.OptionalText = _from("SMTP_USER")
    """User at the mail server."""
    smtp_password: spelling.Secret = _from("SMTP_PASSWORD")
    """Password at the mail server; an app password for Gmail."""
    smtp_from: spelling.OptionalText = _from("SMTP_FROM")
    """Sender of the messages; without it SMTP_USER."""
    smtp_to: spelling.Words = _from("SMTP_TO", default=())
    """Recipients of the messages."""
    sendgrid_api_key: spelling.Secret = _from("SENDGRID_API_KEY")
    """Sends e-mail through SendGrid instead of a mail server."""

    @model_validator(mode="before")
    @classmethod
    def _drop_blanks(cls, values: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if str(value).strip()}

    @model_validator(mode="after")
    def _let_minutes_count(self) -> Self:
        minutes = self.poll_interval_minutes
        if minutes is not None and "refresh_seconds" not in self.model_fields_set:
            self.refresh_seconds = round(minutes * 60)
        return self

    @property
    def database_url_or_default(self) -> str:
        """The database to use, password included: for db.engine.database_url, never for a log."""
        if self.database_url is not None:
            scheme, address = self.database_url.get_secret_value().split("://", 1)
            return f"{scheme.lower()}://{address}"
        if self.postgres_host or self.postgres_db or self.postgres_user or self.postgres_password:
            return self._built_database_url()
        # In an address a ? begins its options, and a % a sign in hexadecimal.
        path = str(self.data / "pulseboard.db")
        return "sqlite:///" + path.replace("%", "%25").replace("?", "%3F")

    def _built_database_url(self) -> str:
        user = self.postgres_user or "postgres"
        login = quote(user, safe="")
        if self.postgres_password is not None:
            login += ":" + quote(self.postgres_password.get_secret_value(), safe="")
        name = quote(self.postgres_db or user, safe="")
        host = self.postgres_host or "localhost"
        if host.startswith("/"):
            return f"postgresql://{login}@/{name}?host={quote(host)}&port={self.postgres_port}"
        if ":" in host:
            host = f"[{host.strip('[]')}]"
        return f"postgresql://{login}@{host}:{self.postgres_port}/{name}"

    @property
    def is_loopback(self) -> bool:
        """Whether only programs on this machine can reach the address the server listens on."""
        name = self.host.strip("[]").lower()
        if name == "localhost":
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        return (getattr(address, "ipv4_mapped", None) or address).is_loopback

    @property
    def polling_reason(self) -> str | None:
        """Why polling by the environment cannot start; None when nothing is missing."""
        if not self.repos:
            return "GH_REPOS is empty: name the repositories to poll as owner/name."
        if not self.workflows:
            return "GH_WORKFLOWS is empty: name workflow files such as ci.yml, or * for all."
        return None

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which days begin when a reader names none."""
        return ZoneInfo(self.timezone)

    @property
    def allowed_origins(self) -> tuple[str, ...]:
        """Origins whose pages may call the API; in dev the front end's own server is one."""
        if (
            self.environment is spelling.Environment.DEV
            and DEVELOPMENT_ORIGIN not in self.cors_origins
        ):
            return (*self.cors_origins, DEVELOPMENT_ORIGIN)
        return self.cors_origins

    @property
    def all_github_tokens(self) -> tuple[SecretStr, ...]:
        """GITHUB_TOKEN and GITHUB_TOKENS together, each once."""
        single = () if self.github_token is None else (self.github_token,)
        return tuple(dict.fromkeys(single + self.github_tokens))

    @property
    def has_github_credential(self) -> bool:
        """Whether GitHub knows who asks; without, it answers 60 requests an hour."""
        return bool(self.all_github_tokens) or self.github_app_id is not None

    def read_github_app_key(self) -> SecretStr | None:
        """Return the App's private key from the variable, else from the file.

        Raises ConfigurationError when the file cannot be read.
        """
        if self.github_app_private_key is not None:
            pem = self.github_app_private_key.get_secret_value()
            return SecretStr(pem.replace("\\n", "\n"))
        path = self.github_app_private_key_file
        if path is None:
            return None
        try:
            return SecretStr(path.read_text(encoding="ascii"))
        except (OSError, ValueError):
            raise ConfigurationError(
                f"GITHUB_APP_PRIVATE_KEY_FILE is {str(path)!r};"
                " it should be the path of a readable PEM file."
            ) from None


def load_settings(**overrides: Any) -> Settings:
    """Read the settings; an override of None counts as not given.

    Raises ConfigurationError with one line for a value that cannot be read; no secret is shown.
    """
    given = {
        variables_of(Settings.model_fields[name])[0]: value
        for name, value in overrides.items()
        if value is not None
    }
    try:
        settings = Settings(**given)
    except ValidationError as error:
        raise ConfigurationError(_explain(str(error.errors()[0]["loc"][0]), given)) from None
    except (OSError, UnicodeDecodeError):
        raise ConfigurationError(
            "The file .env cannot be read; it should be text in UTF-8."
        ) from None
    settings.read_github_app_key()
    return settings


def variables_of(field: FieldInfo) -> tuple[str, ...]:
    """Name the environment variables of a setting, the strongest first."""
    alias = field.validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(str(choice) for choice in alias.choices)
    return (str(alias),)


def _explain(strongest: str, given: Mapping[str, Any]) -> str:
    fields = Settings.model_fields.values()
    field = next(field for field in fields if variables_of(field)[0] == strongest)
    variable, held = _find_value(variables_of(field), given)
    if "SecretStr" in str(field.annotation):
        shown = "holds something else (not shown: it may be secret)"
    else:
        shown = f"is {_shorten(held)!r}"
    expected = next(rule.text for rule in field.metadata if isinstance(rule, spelling.Expected))
    return f"{variable} {shown}; it should be {expected}."


def _find_value(variables: Sequence[str], given: Mapping[str, Any]) -> tuple[str, str]:
    written = dotenv_values(".env")
    for variable in variables:
        held = given.get(variable) or os.environ.get(variable) or written.get(variable)
        if held:
            return variable, str(held)
    return variables[0], ""


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
