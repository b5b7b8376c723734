"""The shapes of alerts, rules and channels in JSON."""

import json
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.alerts.acting import UNTIL_RESOLVED
from pulseboard.alerts.listing import Listed, Standing
from pulseboard.alerts.routing import unknown_among
from pulseboard.alerts.rulebook import read_definition
from pulseboard.alerts.rules import Kind, Rule, Severity, unit_of
from pulseboard.alerts.sentences import sentence
from pulseboard.model import AlertRule, Channel, Notification

# What waits for a resolve waits beyond every date that can be written.
_LATEST: Final = 253_402_300_799 * clock.SECOND


def _iso(instant: int | None) -> str | None:
    return None if instant is None else clock.to_iso(min(instant, _LATEST))


class Alert(BaseModel):
    """One episode of a condition that became true."""

    id: int
    state: str = Field(description="pending, firing or resolved.")
    severity: str
    message: str
    rule_id: int | None
    rule: str | None
    kind: Kind | None
    repo: str | None
    workflow: str | None
    branch: str | None
    run_id: int | None = Field(description="The run it began with.")
    attempt: int | None
    resolved_run_id: int | None
    value: float | None = Field(description="In the unit of the rule.")
    threshold: float | None
    unit: str | None
    since: str = Field(description="When the condition became true in the data.")
    created_at: str
    fired_at: str | None
    updated_at: str
    resolved_at: str | None
    resolution: str | None
    acknowledged: bool
    acknowledged_at: str | None
    acknowledged_by: str | None
    note: str | None
    muted: bool
    muted_until: str | None = Field(description="null while it is not muted or until resolved.")
    flapping: bool
    silent: bool = Field(description="It came from history, so nobody is told.")
    demo: bool
    channel: str | None = Field(description="Names of the channels it went to.")

    @classmethod
    def of(cls, listed: Listed, *, at: int) -> "Alert":
        """Make the shape of a row."""
        alert = listed.alert
        rule = read_definition(listed.rule.definition) if listed.rule else None
        muted = (alert.muted_until or 0) > at and alert.resolved_at is None
        forever = alert.muted_until == UNTIL_RESOLVED
        return cls(
            id=alert.id,
            state=alert.state,
            severity=alert.severity,
            message=alert.message,
            rule_id=alert.rule_id,
            rule=rule.name if rule else None,
            kind=rule.kind if rule else None,
            repo=listed.repository.full_name if listed.repository else None,
            workflow=listed.workflow.name if listed.workflow else None,
            branch=alert.branch,
            run_id=alert.run_id,
            attempt=alert.attempt,
            resolved_run_id=alert.resolved_run_id,
            value=alert.value,
            threshold=rule.threshold if rule else None,
            unit=unit_of(rule) if rule else None,
            since=clock.to_iso(alert.since),
            created_at=clock.to_iso(alert.created_at),
            fired_at=_iso(alert.fired_at),
            updated_at=clock.to_iso(alert.updated_at),
            resolved_at=_iso(alert.resolved_at),
            resolution=alert.resolution,
            acknowledged=alert.acknowledged_at is not None,
            acknowledged_at=_iso(alert.acknowledged_at),
            acknowledged_by=alert.acknowledged_by,
            note=alert.note,
            muted=muted,
            muted_until=_iso(alert.muted_until) if muted and not forever else None,
            flapping=alert.flapping,
            silent=alert.silent,
            demo=alert.demo,
            channel=alert.channel,
        )


class Sent(BaseModel):
    """One message that was sent, or is to be."""

    id: int
    alert_id: int
    alerts: int = Field(description="How many alerts went out together with it, this one included.")
    channel_id: int
    channel: str
    kind: str = Field(description="opened, resolved, reminder or trouble.")
    state: str = Field(description="pending, sending, sent, failed or skipped.")
    tries: int
    created_at: str
    not_before: str
    finished_at: str | None
    status: int | None = Field(description="HTTP or SMTP status of the last try.")
    latency_ms: int | None
    detail: str | None

    @classmethod
    def of(cls, row: Notification, channel: str, alerts: int = 1) -> "Sent":
        """Make the shape of a row."""
        return cls(
            id=row.id,
            alert_id=row.alert_id,
            alerts=alerts,
            channel_id=row.channel_id,
            channel=channel,
            kind=row.kind,
            state=row.state,
            tries=row.tries,
            created_at=clock.to_iso(row.created_at),
            not_before=clock.to_iso(min(row.not_before, _LATEST)),
            finished_at=_iso(row.finished_at),
            status=row.status,
            latency_ms=row.latency_ms,
            detail=row.detail,
        )


class AlertDetail(Alert):
    """An alert with what was sent of it, and whether its condition is true now."""

    still_holds: bool
    notifications: list[Sent]


class Alerts(BaseModel):
    """A page of alerts."""

    items: list[Alert]
    next_cursor: str | None
    total: int
    unacknowledged: int = Field(description="Firing, not acknowledged and not muted: the bell.")


class StoredRule(Rule):
    """A rule with its number, as a sentence, and when it fired."""

    id: int
    threshold_type: str
    threshold_value: float
    unit: str
    sentence: str
    unknown_channels: list[str] = Field(
        description="What it names and no channel goes by; if that is all, every channel is told."
    )
    last_triggered: str | None
    fired_7d: int = Field(description="How often it fired in the last seven days.")
    fired_by_day: list[int] = Field(description="The same, a number a day, today last.")
    created_at: str
    updated_at: str

    @classmethod
    def of_row(
        cls, row: AlertRule, *, fired: list[int], channels: Sequence[Channel], at: int
    ) -> "StoredRule":
        """Make the shape of a row."""
        rule = read_definition(row.definition)
        days = [0] * 7
        for instant in fired:
            days[6 - min(6, max(0, (at - instant) // clock.DAY))] += 1
        return cls.model_construct(
            **dict(rule),
            id=row.id,
            threshold_type=row.threshold_type,
            threshold_value=row.threshold_value,
            unit=unit_of(rule),
            sentence=sentence(rule),
            unknown_channels=unknown_among(rule.channels, channels),
            last_triggered=_iso(row.last_triggered_at),
            fired_7d=len(fired),
            fired_by_day=days,
            created_at=clock.to_iso(row.created_at),
            updated_at=clock.to_iso(row.updated_at),
        )


class StoredRules(BaseModel):
    """Every rule."""

    items: list[StoredRule]


class StoredChannel(BaseModel):
    """A channel without its secrets."""

    id: int
    kind: str
    name: str
    enabled: bool
    from_environment: bool
    on_doubt: str
    config: dict[str, Any] = Field(description="What is no secret, such as recipients.")
    promise: str = Field(description="What can be promised of its messages.")
    last_message: Sent | None = Field(description="The last one that was tried on it.")
    waiting: int = Field(description="How many messages are still to be sent on it.")
    created_at: str

    @classmethod
    def of(cls, row: Channel, standing: Standing) -> "StoredChannel":
        """Make the shape of a row."""
        last = standing.last
        config = json.loads(row.config)
        is_bot = row.kind == "slack" and "channel" in config
        return cls(
            id=row.id,
            kind=row.kind,
            name=row.name,
            enabled=row.enabled,
            from_environment=row.from_environment,
            on_doubt=row.on_doubt,
            config=config,
            promise=_PROMISES["bot" if is_bot else row.kind if row.kind in _PROMISES else ""],
            last_message=None if last is None else Sent.of(last, row.name),
            waiting=standing.waiting,
            created_at=clock.to_iso(row.created_at),
        )


_PROMISES = {
    "bot": "No duplicates: the channel is asked before anything is sent again.",
    "webhook": "Exactly once where the receiver leaves out a webhook-id it has.",
    "email": "At least once, always with the same Message-ID.",
    "": "At least once; what may be a repetition says so. At most once with on_doubt: hold.",
}


class StoredChannels(BaseModel):
    """Every channel."""

    items: list[StoredChannel]


class TestResult(BaseModel):
    """What came of a test message."""

    # pytest would take a class of this name for tests.
    __test__ = False

    ok: bool
    channel: str
    status: int | None = Field(description="HTTP or SMTP status; null when nobody answered.")
    latency_ms: int
    detail: str


class Firing(BaseModel):
    """A span in which a rule would have fired."""

    start: str = Field(serialization_alias="from")
    end: str | None = Field(serialization_alias="to", description="null while it lasts.")
    repo: str | None
    workflow: str | None
    branch: str | None


class Point(BaseModel):
    """A reading after a run."""

    at: str
    value: float


class RulePreview(BaseModel):
    """What a rule would have done."""

    count: int
    seconds: float = Field(description="How long it would have fired in all.")
    detail: str = Field(description="The same as a sentence.")
    sentence: str
    threshold: float
    unit: str
    severity: Severity
    start: str = Field(serialization_alias="from")
    end: str = Field(serialization_alias="to")
    series: list[Point] = Field(description="Readings of the place that fired most.")
    series_of: str | None
    firings: list[Firing]
    matched: int = Field(description="Workflows and branches that the rule looks at.")
    complete: bool = Field(description="False when there were too many to look at all of them.")
