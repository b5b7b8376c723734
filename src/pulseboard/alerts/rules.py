"""What a rule is: a condition as data, where it looks, whom it tells, and what makes no sense."""

from enum import StrEnum
from fnmatch import fnmatchcase
from math import isfinite
from typing import Annotated, Final, Self

from pydantic import AfterValidator, AliasChoices, BaseModel, ConfigDict, Field, model_validator

from pulseboard.errors import WrongField

DEFAULT_BRANCH: Final = "@default"
ANY_BRANCH: Final = "@any"
MAX_RUNS: Final = 100
_MAX_MINUTES: Final = 60 * 24 * 31
# Where a rule about a window names none.
_WITHIN_RUNS: Final = 10
_MOST: Final = 10**9


class Kind(StrEnum):
    """What a rule watches."""

    FAILURES_IN_A_ROW = "consecutive_failures"
    FLAPPING = "flapping"
    SUCCESS_RATE = "success_rate"
    FAILURE_RATE = "failure_rate"
    DURATION = "duration"
    DURATION_REGRESSION = "duration_regression"
    QUEUE_TIME = "queue_time"
    BRANCH_RED = "default_branch_red"
    NO_RUN = "no_run"
    INGEST_SILENT = "ingestion_silent"
    API_BUDGET = "api_budget"


class Measure(StrEnum):
    """What of several durations is compared with the threshold."""

    AVERAGE = "average"
    P95 = "p95"
    OVER_BASELINE = "over_baseline"


class Severity(StrEnum):
    """How much it matters."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


# They speak of the whole installation, not of a workflow.
GLOBAL_KINDS: Final = frozenset({Kind.INGEST_SILENT, Kind.API_BUDGET})
# Time decides them too, so the clock asks although no run came.
TIMED_KINDS: Final = frozenset({Kind.BRANCH_RED, Kind.NO_RUN}) | GLOBAL_KINDS
_WINDOWED: Final = frozenset(
    {Kind.FLAPPING, Kind.SUCCESS_RATE, Kind.FAILURE_RATE, Kind.DURATION, Kind.QUEUE_TIME}
)
_RATES: Final = frozenset({Kind.SUCCESS_RATE, Kind.FAILURE_RATE, Kind.API_BUDGET})
# Names that other systems and our documents use for the same.
_OTHER_NAMES: Final = {
    "failure": Kind.FAILURES_IN_A_ROW,
    "instant_failure": Kind.FAILURES_IN_A_ROW,
    "failures_in_a_row": Kind.FAILURES_IN_A_ROW,
    "regression": Kind.SUCCESS_RATE,
    "slow_build": Kind.DURATION,
    "queue": Kind.QUEUE_TIME,
    "branch_red": Kind.BRANCH_RED,
    "ingest_silent": Kind.INGEST_SILENT,
    "dead_man": Kind.NO_RUN,
}
_UNITS: Final = {
    Kind.FAILURES_IN_A_ROW: "failures",
    Kind.FLAPPING: "failures",
    Kind.SUCCESS_RATE: "fraction",
    Kind.FAILURE_RATE: "fraction",
    Kind.DURATION: "seconds",
    Kind.DURATION_REGRESSION: "fraction",
    Kind.QUEUE_TIME: "seconds",
    Kind.BRANCH_RED: "minutes",
    Kind.NO_RUN: "hours",
    Kind.INGEST_SILENT: "hours",
    Kind.API_BUDGET: "fraction",
}


def _is_finite(value: float) -> float:
    if not isfinite(value):
        raise ValueError("should be a number")
    return value


Threshold = Annotated[float, AfterValidator(_is_finite)]


def _is_pattern(pattern: str) -> str:
    if not pattern.strip() or len(pattern) > 300:
        raise ValueError("should be a name or a pattern such as acme/* of at most 300 characters")
    return pattern.strip()


Pattern = Annotated[str, AfterValidator(_is_pattern)]


def _names_what_there_is(template: str) -> str:
    wrong = unknown_variables(template)
    if wrong:
        known = ", ".join(sorted(VARIABLES))
        raise ValueError(f"there is no {{{wrong[0]}}}; there are {known}")
    return template


Template = Annotated[str, AfterValidator(_names_what_there_is)]


class RuleScope(BaseModel):
    """Where a rule looks; an empty list leaves nothing out. `*` stands for any characters."""

    model_config = ConfigDict(extra="forbid")

    repositories: list[Pattern] = Field(default_factory=list, max_length=100)
    workflows: list[Pattern] = Field(default_factory=list, max_length=100)
    branches: Annotated[list[str], Field(max_length=100)] = Field(
        default_factory=lambda: [DEFAULT_BRANCH],
        description="Names or patterns; @default is each repository's default branch, @any all.",
    )
    events: list[Pattern] = Field(default_factory=list, max_length=100)

    def covers_workflow(self, repository: str, *, name: str, path: str | None) -> bool:
        """Say whether a workflow of a repository is looked at at all."""
        file = path.rsplit("/", 1)[-1] if path else None
        return _fits(self.repositories, repository.lower()) and _fits(
            self.workflows, name.lower(), *([path.lower(), file.lower()] if path and file else [])
        )

    def covers_branch(self, branch: str | None, *, on_default: bool) -> bool:
        """Say whether runs of a branch are looked at."""
        if not self.branches or ANY_BRANCH in self.branches:
            return True
        if on_default and DEFAULT_BRANCH in self.branches:
            return True
        return branch is not None and any(
            fnmatchcase(branch, pattern)
            for pattern in self.branches
            if pattern not in (DEFAULT_BRANCH, ANY_BRANCH)
        )

    def covers_event(self, event: str | None) -> bool:
        """Say whether runs that an event began are looked at."""
        return not self.events or (
            event is not None and any(fnmatchcase(event, pattern) for pattern in self.events)
        )


def _fits(patterns: list[str], *names: str) -> bool:
    return not patterns or any(
        fnmatchcase(name, pattern.lower()) for pattern in patterns for name in names
    )


class Rule(BaseModel):
    """A condition that somebody wants to hear of."""

    model_config = ConfigDict(
        extra="forbid",
        str_strip_whitespace=True,
        populate_by_name=True,
        json_schema_extra={
            "example": {
                "name": "Main is broken",
                "kind": "consecutive_failures",
                "threshold": 1,
                "severity": "high",
                "scope": {"repositories": ["acme/*"], "branches": ["@default"]},
            }
        },
    )

    name: str = Field(min_length=1, max_length=120)
    kind: Kind = Field(validation_alias=AliasChoices("kind", "threshold_type", "type"))
    threshold: Threshold = Field(
        default=1,
        validation_alias=AliasChoices("threshold", "threshold_value", "value"),
        description="Failures, a fraction, seconds, minutes or hours, as the kind has it.",
    )
    severity: Severity = Severity.HIGH
    enabled: bool = True
    measure: Measure = Field(default=Measure.AVERAGE, description="For durations and queues.")
    within_runs: int | None = Field(default=None, ge=1, le=MAX_RUNS, description="The last N runs.")
    within_minutes: int | None = Field(default=None, ge=1, le=_MAX_MINUTES)
    for_checks: int = Field(default=1, ge=1, le=20, description="Checks in a row before it fires.")
    clear_passes: int = Field(default=1, ge=1, le=20, description="Passes in a row that clear it.")
    reminder_minutes: int | None = Field(default=None, ge=5, le=_MAX_MINUTES)
    scope: RuleScope = Field(default_factory=RuleScope)
    channels: list[str] = Field(
        default_factory=list,
        max_length=50,
        description="Names, ids or kinds; empty is every channel.",
    )
    message: Template = Field(
        default="", max_length=2000, description="A template for the headline."
    )

    @model_validator(mode="before")
    @classmethod
    def _know_other_names(cls, data: object) -> object:
        if not isinstance(data, dict):
            return data
        for field in ("kind", "threshold_type", "type"):
            word = data.get(field)
            if isinstance(word, str) and word in _OTHER_NAMES:
                data = {**data, field: _OTHER_NAMES[word]}
        return data

    @model_validator(mode="after")
    def _make_sense(self) -> Self:
        self._check_threshold()
        if self.kind is Kind.SUCCESS_RATE and self.within_runs == 1:
            raise WrongField("within_runs", "should be 2 or more: one run has no success rate")
        if self.within_runs is not None and self.within_minutes is not None:
            raise WrongField("within_runs", "within_runs and within_minutes exclude each other")
        if self.kind in _WINDOWED and self.within_runs is None and self.within_minutes is None:
            self.within_runs = _WITHIN_RUNS
        if self.kind in (Kind.FAILURES_IN_A_ROW, Kind.FLAPPING):
            self._check_count()
        return self

    def _check_threshold(self) -> None:
        if self.kind in _RATES and not 0 < self.threshold <= 1:
            raise WrongField("threshold", "should be a fraction above 0 and up to 1, such as 0.8")
        if self.kind is Kind.FAILURE_RATE and self.threshold == 1:
            raise WrongField("threshold", "should be below 1: a failure rate is never above 100 %")
        if self.threshold <= 0:
            raise WrongField("threshold", "should be above 0")
        if self.threshold > _MOST:
            raise WrongField("threshold", "is out of reach")

    def _check_count(self) -> None:
        if self.threshold != int(self.threshold):
            raise WrongField("threshold", "should be a whole number of failures, 1 or more")
        limit = self.within_runs if self.kind is Kind.FLAPPING else None
        if self.threshold > (limit or MAX_RUNS):
            raise WrongField(
                "threshold", f"can never be reached: only {limit or MAX_RUNS} runs are looked at"
            )

    @property
    def is_timed(self) -> bool:
        """Whether the passing of time alone can open or clear it."""
        return self.kind in TIMED_KINDS or self.within_minutes is not None


def is_read_from_runs(rule: Rule) -> bool:
    """Say whether a rule is read from finished runs; the others are about silence."""
    return rule.kind not in GLOBAL_KINDS and rule.kind is not Kind.NO_RUN


VARIABLES: Final = frozenset(
    {"rule", "severity", "repository", "workflow", "branch", "value", "threshold", "commit",
     "author", "run_number", "since"}
)  # fmt: skip


def unit_of(rule: Rule) -> str:
    """Return what the threshold is counted in: failures, fraction, seconds, minutes or hours."""
    if rule.kind is Kind.DURATION and rule.measure is Measure.OVER_BASELINE:
        return "fraction"
    return _UNITS[rule.kind]


def unknown_variables(template: str) -> list[str]:
    """Return the names in braces that a template must not use."""
    names = [part.split("}", 1)[0] for part in template.split("{")[1:] if "}" in part]
    return [name for name in names if name not in VARIABLES]


def starter_rules(*, threshold: int = 1) -> list[Rule]:
    """Return the rules of a new instance; exactly the first of them is on."""
    return [
        Rule(name=BUILT_IN, kind=Kind.FAILURES_IN_A_ROW, threshold=min(threshold, MAX_RUNS)),
        Rule(name="Default branch red for 30 minutes", kind=Kind.BRANCH_RED, threshold=30,
             severity=Severity.CRITICAL, enabled=False),
        Rule(name="Flapping", kind=Kind.FLAPPING, threshold=3, within_minutes=30,
             severity=Severity.MEDIUM, enabled=False),
        Rule(name="Success rate below 80 % in a day", kind=Kind.SUCCESS_RATE, threshold=0.8,
             within_minutes=60 * 24, severity=Severity.MEDIUM, enabled=False),
        Rule(name="Slow build", kind=Kind.DURATION, threshold=20 * 60, within_runs=10,
             severity=Severity.LOW, enabled=False),
        Rule(name="Duration regression", kind=Kind.DURATION_REGRESSION, threshold=0.25,
             severity=Severity.LOW, enabled=False),
        Rule(name="Jobs wait for a runner", kind=Kind.QUEUE_TIME, threshold=10 * 60,
             measure=Measure.P95, within_runs=10, severity=Severity.MEDIUM, enabled=False),
        Rule(name="No run for a day", kind=Kind.NO_RUN, threshold=24, severity=Severity.MEDIUM,
             enabled=False, scope=RuleScope(events=["schedule"])),
        Rule(name="Nothing arrives any more", kind=Kind.INGEST_SILENT, threshold=6,
             severity=Severity.HIGH, enabled=False),
        Rule(name="API budget low", kind=Kind.API_BUDGET, threshold=0.1, severity=Severity.MEDIUM,
             enabled=False),
    ]  # fmt: skip


BUILT_IN: Final = "Failure on the default branch"
