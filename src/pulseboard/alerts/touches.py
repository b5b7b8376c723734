"""What a batch of changes can mean for each stream of runs, worked out without reading any run."""

from collections.abc import Iterable, Sequence
from typing import Final

from pulseboard.alerts.histories import Stream
from pulseboard.alerts.readings import STREAKS
from pulseboard.alerts.rulebook import StoredRule
from pulseboard.alerts.rules import DEFAULT_BRANCH, Kind, Rule, is_read_from_runs
from pulseboard.collect.records import RunChange
from pulseboard.vocabulary import Outcome, outcome_of

_DECIDED: Final = frozenset({Outcome.SUCCESS, Outcome.FAILURE, Outcome.DELETED})
# A run that passes can never open them.
_OPENED_BY_FAILURES: Final = frozenset({Kind.FAILURES_IN_A_ROW, Kind.BRANCH_RED, Kind.FLAPPING})
Order = tuple[int, int, int]


class Touch:
    """What the changes of one batch say of one stream."""

    __slots__ = ("_failed", "_is_corrected", "_passed", "is_news")

    def __init__(self) -> None:
        self.is_news = False
        # The last failure and the last pass, in the order of the runs.
        self._failed: Order | None = None
        self._passed: Order | None = None
        # What a run counted as was taken back: then anything may have come to light.
        self._is_corrected = False

    def take(self, change: RunChange) -> None:
        """Take in a change that says something."""
        self.is_news = self.is_news or change.is_news
        outcome = outcome_of(change.status, change.conclusion)
        order = (change.run_number or 0, change.created_at, change.run_id)
        if outcome is Outcome.FAILURE:
            self._failed = max(order, self._failed or order)
        elif outcome is not Outcome.SUCCESS:
            self._is_corrected = True
        elif change.is_newest_attempt:
            self._passed = max(order, self._passed or order)

    def may_open(self, rule: Rule) -> bool:
        """Say whether an alert of this rule may have to be opened."""
        if self._is_corrected or rule.kind not in _OPENED_BY_FAILURES:
            return True
        if self._failed is None:
            return False
        # One pass behind the failures ends what they began, if it is of an event that counts.
        ends_with_a_pass = self._passed is not None and self._passed > self._failed
        is_ended = rule.kind in STREAKS and rule.clear_passes == 1 and not rule.scope.events
        return not (ends_with_a_pass and is_ended)


def says_something(change: RunChange) -> bool:
    """Say whether a change can mean anything to a rule; progress and new excluded runs cannot."""
    return outcome_of(change.status, change.conclusion) in _DECIDED or change.was_over


def touches_of(changes: Iterable[RunChange], rules: Sequence[StoredRule]) -> dict[Stream, Touch]:
    """Return what these changes say of each stream that any of the rules can look at."""
    local = [stored.rule for stored in rules if is_read_from_runs(stored.rule)]
    wants_default = any(DEFAULT_BRANCH in rule.scope.branches for rule in local)
    wants_named = any(rule.scope.branches != [DEFAULT_BRANCH] for rule in local)
    touches: dict[Stream, Touch] = {}
    for change in changes:
        if wants_default and change.on_default:
            touches.setdefault(Stream(change.workflow_id), Touch()).take(change)
        if wants_named and change.head_branch is not None:
            stream = Stream(change.workflow_id, change.head_branch)
            touches.setdefault(stream, Touch()).take(change)
    return touches


def looks_at_branch(rule: Rule, stream: Stream) -> bool:
    """Say whether a rule looks at runs of the branch of a stream."""
    if stream.branch is None:
        return DEFAULT_BRANCH in rule.scope.branches
    return rule.scope.covers_branch(stream.branch, on_default=False)
