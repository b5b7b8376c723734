"""The settings that say which logs are fetched, where they are kept and for how long."""

from typing import Any

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from pulseboard import spelling


def _from(variable: str, default: Any = None) -> Any:
    return Field(default=default, validation_alias=variable)


class LogSettings(BaseSettings):
    """What Settings says of logs."""

    model_config = SettingsConfigDict(use_attribute_docstrings=True)

    logs: spelling.LogsFetched = _from("PULSEBOARD_LOGS", spelling.LogPolicy.FAILURES)
    """Which logs are fetched from GitHub without being asked for."""
    logs_by_repository: spelling.LogPolicies = _from("PULSEBOARD_LOGS_BY_REPOSITORY", ())
    """Repositories for which something else holds."""
    log_max_mb: spelling.Megabytes = _from("PULSEBOARD_LOG_MAX_MB", 50)
    """Largest log that is kept, in MB; of a larger one nothing is."""
    log_redact: spelling.Patterns = _from("PULSEBOARD_LOG_REDACT", ())
    """What else than well-known tokens and keys is masked before a log is kept."""
    log_store: spelling.OptionalBucket = _from("PULSEBOARD_LOG_STORE")
    """Bucket to keep logs in; without it the folder logs in the data folder."""
    s3_endpoint: spelling.OptionalWebAddress = _from("AWS_ENDPOINT_URL")
    """Address of an S3 that is not Amazon's."""
    s3_region: spelling.Text = _from("AWS_REGION", "us-east-1")
    """Region of the bucket."""
    s3_access_key_id: spelling.OptionalText = _from("AWS_ACCESS_KEY_ID")
    """Key to the bucket; without it the machine's own role is used."""
    s3_secret_access_key: spelling.Secret = _from("AWS_SECRET_ACCESS_KEY")
    """Secret that belongs to the key."""
    retention_log_days: spelling.Days = _from("PULSEBOARD_RETENTION_LOG_DAYS", 90)
    """How long logs of failed jobs are kept, from the end of the job."""
    retention_other_log_days: spelling.Days = _from("PULSEBOARD_RETENTION_OTHER_LOG_DAYS", 30)
    """How long all other logs are kept."""
    retention_log_gb: spelling.Gigabytes = _from("PULSEBOARD_RETENTION_LOG_GB", 20)
    """How much room logs may take in GB; the oldest give way, those of failed jobs last. 0 is no
    limit."""

    @property
    def log_exceptions(self) -> dict[str, spelling.LogPolicy]:
        """Return which logs are fetched of the repositories, in lower case, that are named."""
        found = dict[str, spelling.LogPolicy]()
        for entry in self.logs_by_repository:
            name, _, word = entry.partition("=")
            found.setdefault(name.lower(), spelling.LogPolicy(word))
        return found
