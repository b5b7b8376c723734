"""Tables and their column types; no queries and no rules live here."""

from pulseboard.model.alert import Alert, AlertRule, Channel, Notification
from pulseboard.model.background import DeadLetter
from pulseboard.model.base import Base
from pulseboard.model.delivery import Delivery, DeliveryBody
from pulseboard.model.log import Log, LogBlock, LogPage, LogUnit
from pulseboard.model.rollup import (
    FailureCount,
    FleetBin,
    FleetCount,
    WorkflowBin,
    WorkflowCount,
)
from pulseboard.model.run import IS_LATEST, Job, Run, Step
from pulseboard.model.saved import PublicBadge, SavedView, Wall
from pulseboard.model.secret import Secret
from pulseboard.model.source import Counter, Repository, Setting, Workflow
from pulseboard.model.tracking import (
    AttemptCheck,
    Backfill,
    Etag,
    Feed,
    HookDelivery,
    MissedRun,
    Poll,
    PollPart,
    TrackedOwner,
)

__all__ = [
    "IS_LATEST",
    "Alert",
    "AlertRule",
    "AttemptCheck",
    "Backfill",
    "Base",
    "Channel",
    "Counter",
    "DeadLetter",
    "Delivery",
    "DeliveryBody",
    "Etag",
    "FailureCount",
    "Feed",
    "FleetBin",
    "FleetCount",
    "HookDelivery",
    "Job",
    "Log",
    "LogBlock",
    "LogPage",
    "LogUnit",
    "MissedRun",
    "Notification",
    "Poll",
    "PollPart",
    "PublicBadge",
    "Repository",
    "Run",
    "SavedView",
    "Secret",
    "Setting",
    "Step",
    "TrackedOwner",
    "Wall",
    "Workflow",
    "WorkflowBin",
    "WorkflowCount",
]
