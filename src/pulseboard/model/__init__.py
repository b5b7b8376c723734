"""Tables and their column types; no queries and no rules live here."""

from pulseboard.model.alert import Alert, AlertRule
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
from pulseboard.model.run import Job, Run, Step
from pulseboard.model.saved import PublicBadge, SavedView, Wall
from pulseboard.model.secret import Secret
from pulseboard.model.source import Counter, Repository, Setting, Workflow

__all__ = [
    "Alert",
    "AlertRule",
    "Base",
    "Counter",
    "DeadLetter",
    "Delivery",
    "DeliveryBody",
    "FailureCount",
    "FleetBin",
    "FleetCount",
    "Job",
    "Log",
    "LogBlock",
    "LogPage",
    "LogUnit",
    "PublicBadge",
    "Repository",
    "Run",
    "SavedView",
    "Secret",
    "Setting",
    "Step",
    "Wall",
    "Workflow",
    "WorkflowBin",
    "WorkflowCount",
]
