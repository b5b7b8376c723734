"""The rules in the database: reading, adding, changing, merging by name, and the starters."""

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.alerts.rules import (
    BUILT_IN,
    MAX_RUNS,
    OTHER_NAMES,
    Kind,
    Rule,
    names_of,
    starter_rules,
)
from pulseboard.alerts.settling import resolve_all_of
from pulseboard.db.bulk import execute
from pulseboard.errors import Conflict, NotFound
from pulseboard.model import Alert, AlertRule, Setting

_WINDOW: Final = frozenset({"within_runs", "within_minutes"})
# Rules that a person deleted must not come back with the next start.
_STARTED: Final = "alerts.starters"


class StoredRule(NamedTuple):
    """A rule with its number."""

    id: int
    rule: Rule


@lru_cache(maxsize=1000)
def read_definition(definition: str) -> Rule:
    """Return the rule of a stored definition; treat it as constant, others have the same one."""
    return Rule.model_validate_json(definition)


def rules_that_are_on(session: Session) -> list[StoredRule]:
    """Return every rule that is switched on, in the order of their numbers."""
    found = execute(session, "SELECT id, definition FROM alert_rules WHERE enabled ORDER BY id")
    return [StoredRule(row[0], read_definition(row[1])) for row in found]


def list_rules(session: Session) -> Sequence[AlertRule]:
    """Return every rule, the switched-on ones first, then by number."""
    query = select(AlertRule).order_by(AlertRule.enabled.desc(), AlertRule.id)
    return session.scalars(query).all()


def require_rule(session: Session, number: int) -> AlertRule:
    """Return one rule; raises NotFound."""
    found = session.get(AlertRule, number)
    if found is None:
        raise NotFound(f"There is no alert rule with the number {number}")
    return found


def _get_named(session: Session, name: str) -> AlertRule | None:
    return session.scalar(select(AlertRule).where(AlertRule.name == name))


def add_rule(session: Session, rule: Rule, *, at: int) -> AlertRule:
    """Add a rule; raises Conflict when its name is taken."""
    if _get_named(session, rule.name) is not None:
        raise Conflict(f"There is an alert rule called {rule.name!r} already: choose another name")
    row = AlertRule(created_at=at, last_triggered_at=None)
    _fill(row, rule, at=at)
    session.add(row)
    session.flush()
    return row


def change_rule(session: Session, row: AlertRule, rule: Rule, *, at: int) -> None:
    """Change a rule; what it opened is resolved when it is off now or of another kind.

    Raises Conflict when its new name is taken.
    """
    named = _get_named(session, rule.name)
    if named is not None and named.id != row.id:
        raise Conflict(f"There is an alert rule called {rule.name!r} already: choose another name")
    before = read_definition(row.definition)
    _fill(row, rule, at=at)
    if not rule.enabled:
        resolve_all_of(session, rule_id=row.id, at=at, why="the rule was switched off")
    elif before.kind != rule.kind:
        resolve_all_of(session, rule_id=row.id, at=at, why="the rule was changed")
    session.flush()


def remove_rule(session: Session, row: AlertRule, *, at: int) -> list[Alert]:
    """Delete a rule; its open alerts are resolved, stay in the history and are returned."""
    resolved = resolve_all_of(session, rule_id=row.id, at=at, why="the rule was deleted")
    session.delete(row)
    session.flush()
    return resolved


def merge_rules(session: Session, rules: Sequence[Rule], *, at: int) -> list[AlertRule]:
    """Add the rules whose names are new and change the others; the rest stays as it is.

    Returns those that are new or differ from before.
    """
    merged = []
    for rule in rules:
        row = _get_named(session, rule.name)
        if row is None:
            merged.append(add_rule(session, rule, at=at))
        elif read_definition(row.definition) != rule:
            change_rule(session, row, rule, at=at)
            merged.append(row)
    return merged


def complete(session: Session, said: list[object]) -> list[object]:
    """Give rules that are there already, by name, the fields that are not said of them.

    `said` is as JSON has it and may be anything. What is said to be of another kind than before is
    another rule, and gets nothing.
    """
    return [_complete(session, rule) if isinstance(rule, dict) else rule for rule in said]


def _complete(session: Session, said: dict[str, object]) -> dict[str, object]:
    name = said.get("name")
    row = _get_named(session, name) if isinstance(name, str) else None
    if row is None:
        return said
    stored = read_definition(row.definition).model_dump(mode="json")
    kinds = [said[word] for word in names_of("kind") if word in said]
    if kinds and OTHER_NAMES.get(str(kinds[0]), kinds[0]) != stored["kind"]:
        return said
    # A window is counted in runs or in minutes, so that the one takes the other's place.
    replaced = _WINDOW if said.keys() & _WINDOW else frozenset()
    kept = {
        field: value
        for field, value in stored.items()
        if field not in replaced and not said.keys() & set(names_of(field))
    }
    return kept | said


def ensure_starters(session: Session, *, threshold: int, at: int) -> list[AlertRule]:
    """Add the starter rules to a new instance, and keep the built-in one at ALERT_THRESHOLD.

    Returns the rules that are new or changed.
    """
    if session.get(Setting, _STARTED) is None:
        session.add(Setting(name=_STARTED, value=json.dumps(threshold), updated_at=at))
        return merge_rules(session, starter_rules(threshold=threshold), at=at)
    started = session.get_one(Setting, _STARTED)
    row = _get_named(session, BUILT_IN)
    # Only a changed variable counts: what people set on the page is theirs.
    is_changed = json.loads(started.value) != threshold
    started.value = json.dumps(threshold)
    if row is None:
        return []
    wanted = {"kind": Kind.FAILURES_IN_A_ROW, "threshold": float(min(threshold, MAX_RUNS))}
    try:
        rule = read_definition(row.definition)
    except ValidationError:
        # Earlier versions could store a threshold that its kind cannot have.
        rule = Rule.model_validate(json.loads(row.definition) | wanted)
    else:
        if not is_changed or rule.kind != wanted["kind"]:
            return []
        rule = rule.model_copy(update=wanted)
    _fill(row, rule, at=at)
    return [row]


def _fill(row: AlertRule, rule: Rule, *, at: int) -> None:
    row.name = rule.name
    row.threshold_type = rule.kind
    row.threshold_value = rule.threshold
    row.severity = rule.severity
    row.enabled = rule.enabled
    row.definition = rule.model_dump_json()
    row.updated_at = at
