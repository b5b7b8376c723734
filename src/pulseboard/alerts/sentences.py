"""A rule as one sentence, the way people would say it."""

from typing import Final

from pulseboard.alerts.rules import (
    ANY_BRANCH,
    DEFAULT_BRANCH,
    GLOBAL_KINDS,
    Kind,
    Measure,
    Rule,
)
from pulseboard.alerts.words import window_of, write_seconds, write_value

_MEASURES: Final = {
    Measure.AVERAGE: "the average",
    Measure.P95: "the 95th percentile",
    Measure.OVER_BASELINE: "the growth over the runs before",
}


def sentence(rule: Rule) -> str:
    """Say in one sentence when a rule fires, whom it tells and what clears it."""
    parts = [f"When {_condition(rule)}{_where(rule)}"]
    if rule.for_checks > 1:
        parts.append(f"for {rule.for_checks} checks")
    who = " and ".join(rule.channels) if rule.channels else "every channel"
    parts.append(f"tell {who} as {rule.severity}")
    if rule.reminder_minutes:
        parts.append(f"repeat every {write_seconds(rule.reminder_minutes * 60)}")
    if rule.kind not in GLOBAL_KINDS and rule.kind is not Kind.NO_RUN and rule.clear_passes > 1:
        parts.append(f"resolve after {rule.clear_passes} passes")
    return ", ".join(parts) + "."


def _condition(rule: Rule) -> str:
    limit = write_value(rule, rule.threshold)
    count = int(rule.threshold)
    if rule.kind is Kind.FAILURES_IN_A_ROW:
        return "a run fails" if count == 1 else f"{count} runs in a row fail"
    if rule.kind is Kind.FLAPPING:
        return f"{count} runs fail {window_of(rule)}"
    if rule.kind is Kind.SUCCESS_RATE:
        return f"the success rate is below {limit} {window_of(rule)}"
    if rule.kind is Kind.FAILURE_RATE:
        return f"the failure rate is above {limit} {window_of(rule)}"
    if rule.kind is Kind.DURATION:
        return f"{_MEASURES[rule.measure]} duration is over {limit} {window_of(rule)}"
    if rule.kind is Kind.DURATION_REGRESSION:
        return f"the last 5 runs take {limit} longer than the 24 before"
    if rule.kind is Kind.QUEUE_TIME:
        return f"{_MEASURES[rule.measure]} wait for a runner is over {limit} {window_of(rule)}"
    if rule.kind is Kind.BRANCH_RED:
        return f"the branch has been red for {limit}"
    if rule.kind is Kind.NO_RUN:
        return f"there was no run for {limit}"
    if rule.kind is Kind.INGEST_SILENT:
        return f"nothing was heard of any repository for {limit}"
    return f"less than {limit} of GitHub's API limit is left"


def _where(rule: Rule) -> str:
    if rule.kind in GLOBAL_KINDS:
        return ""
    scope = rule.scope
    workflows = " or ".join(scope.workflows) if scope.workflows else "any workflow"
    repositories = " or ".join(scope.repositories) if scope.repositories else "any repository"
    said = f" in {workflows} of {repositories}"
    if not scope.branches or ANY_BRANCH in scope.branches:
        said += " on any branch"
    else:
        names = ("the default branch" if b == DEFAULT_BRANCH else b for b in scope.branches)
        said += f" on {' or '.join(names)}"
    return said + (f" after {' or '.join(scope.events)}" if scope.events else "")
