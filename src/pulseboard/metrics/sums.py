"""Counting what lies between edges by a plan: from the rollups, and at the ends from the runs."""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from operator import add, sub
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from pulseboard.db.engine import among, answer_each, listed
from pulseboard.metrics.conditions import Conditions, Rows, as_json, conditions_of, read
from pulseboard.metrics.counts import COUNT_COLUMNS, COUNTED_SQL, COUNTS_SQL, SUMS_SQL
from pulseboard.metrics.scope import Scope, Totals
from pulseboard.metrics.tiers import (
    FINE_TIERS,
    FLEET_TIERS,
    WIDTHS,
    WORKFLOW_TIERS,
    Hop,
    Plan,
    Signed,
    Tier,
    Window,
    plan_parts,
    plan_window,
    starts_of,
)

# The counter that retention raises when it deletes fine tiers: they are whole from then on.
FINE_MARK: Final = "retention.fine"
# From so many buckets on it is worth asking which of them can hold anything.
_LONG: Final = 40
_NOTHING: Final = (0,) * len(COUNT_COLUMNS)
Sum = Sequence[int]


def tiers_of(scope: Scope) -> Sequence[Tier]:
    """Return the tiers, widest first, that count a scope's runs."""
    if scope.branches:
        return ()
    return FLEET_TIERS if scope.is_fleet else WORKFLOW_TIERS


def fine_since(session: Session, tiers: Sequence[Tier]) -> int | None:
    """Return since when the fine ones of some tiers are whole; None when there are none of them.

    Before it retention has deleted them. What a late word about an old run has added there since
    is no more than a part, so the runs themselves are counted.
    """
    if not any(tier in FINE_TIERS for tier in tiers):
        return None
    # A page asks a dozen times; what a session reads is one snapshot.
    known: int | None = session.info.get(FINE_MARK)
    if known is None:
        found = read(session, f"SELECT value FROM counters WHERE name = '{FINE_MARK}'", {})
        known = int(found[0][0]) if found else 0
        if not session.get_bind().get_execution_options().get("writing"):
            session.info[FINE_MARK] = known
    return known


def plan_for(session: Session, window: Window, tiers: Sequence[Tier]) -> Plan:
    """Plan how to count one window with those of the tiers that are still kept."""
    return plan_window(window, tiers, fine_since=fine_since(session, tiers))


def totals(session: Session, *, scope: Scope, window: Window) -> Totals:
    """Count the runs of a window, exactly."""
    if window.start >= window.end:
        return Totals()
    plan = plan_for(session, window, tiers_of(scope))
    (counted,) = _count(session, scope, plan)
    return Totals(*counted)


def count_parts(
    session: Session, *, scope: Scope, edges: Sequence[int], widest: Tier
) -> list[Totals]:
    """Count what lies between each two neighbours of some rising edges, exactly.

    `widest` is the widest tier that is not wider than most of the parts.
    """
    tiers = [tier for tier in tiers_of(scope) if WIDTHS[tier] <= WIDTHS[widest]]
    since = fine_since(session, tiers)
    if widest not in FINE_TIERS or since is None:
        counted = _count(session, scope, plan_parts(edges, tiers, fine_since=since))
        return [Totals(*counts) for counts in counted]
    first = bisect_left(edges, since)
    early, late = plan_parts(edges[: first + 1], ()), plan_parts(edges[first:], tiers)
    found = [_count(session, scope, plan) for plan in (early, late) if len(plan.anchors) > 1]
    return [Totals(*counts) for counted in found for counts in counted]


def _count(session: Session, scope: Scope, plan: Plan) -> list[Sum]:
    source = _Source(session, scope)
    if plan.tier is None:
        return source.count_runs(plan.anchors)
    parts: list[Sum] = [_NOTHING] * (len(plan.anchors) - 1)
    whole = starts_of(plan.tier, plan.anchors[0], plan.anchors[-1])
    for start, *bucket in source.read_buckets(plan.tier, whole):
        part = bisect_right(plan.anchors, start) - 1
        parts[part] = tuple(map(add, parts[part], bucket))
    for edge, counts in _sum_hops(source, plan.hops).items():
        if edge < len(parts):
            parts[edge] = tuple(map(add, parts[edge], counts))
        if edge > 0:
            parts[edge - 1] = tuple(map(sub, parts[edge - 1], counts))
    return parts


def _sum_hops(source: "_Source", hops: Sequence[Hop]) -> Mapping[int, Sum]:
    """Return for each edge the signed sum of the way to its anchor."""
    sums: dict[int, Sum] = {}
    by_tier: dict[Tier, dict[int, list[Hop]]] = {}
    for hop in hops:
        if hop.tier is not None:
            starts = by_tier.setdefault(hop.tier, {})
            for start in starts_of(hop.tier, hop.start, hop.end):
                starts.setdefault(start, []).append(hop)
    for tier, start, *bucket in source.read_tiers(by_tier):
        for hop in by_tier[tier][start]:
            add_signed(sums, hop.edge, bucket, sign=hop.sign)
    runs = [hop for hop in hops if hop.tier is None]
    for number, *counts in source.read_slices([(hop.start, hop.end) for hop in runs]):
        add_signed(sums, runs[number].edge, counts, sign=runs[number].sign)
    return sums


def add_signed(sums: dict[int, Sum], key: int, counts: Sum, *, sign: int) -> None:
    """Add counts (sign 1) or subtract them (-1) where `key` says."""
    before = sums.get(key)
    if before is None and sign > 0:
        sums[key] = counts
    else:
        sums[key] = tuple(map(add if sign > 0 else sub, before or _NOTHING, counts))


class _Source:
    """The tables that answer for a scope."""

    def __init__(self, session: Session, scope: Scope) -> None:
        self._session = session
        self._conditions = conditions_of(session, scope)
        self._table = "rollup_fleet" if scope.is_fleet else "rollup_workflows"
        self._is_fleet = scope.is_fleet

    def read_buckets(self, tier: Tier, starts: Collection[int]) -> Rows:
        """Return (start, *counts) of those buckets that hold any run."""
        if not starts:
            return []
        values: dict[str, Any] = {}
        chosen = f"start {among(self._session, listed(self._session, 'starts'))}"
        if not self._is_fleet:
            values["starts"] = as_json(keep_filled(self._session, tier, starts))
        elif isinstance(starts, range):
            # The fleet's rows lie side by side; of the workflows' most are none of ours.
            chosen = "start >= :first AND start < :last"
            values = {"first": starts.start, "last": starts.stop}
        else:
            values["starts"] = as_json(starts)
        sql = f"SELECT start, {self._sums_sql(tier, chosen)}"
        return read(self._session, sql, self._conditions.values, **values)

    def read_tiers(self, wanted: Mapping[Tier, Collection[int]]) -> Rows:
        """Return (tier, start, *counts) of those buckets that hold any run, at one go."""
        if not wanted:
            return []
        parts, values = [], {}
        for tier, starts in wanted.items():
            name = f"starts_{int(tier)}"
            kept = starts if self._is_fleet else keep_filled(self._session, tier, starts)
            values[name] = as_json(kept)
            chosen = f"start {among(self._session, listed(self._session, name))}"
            parts.append(f"SELECT {int(tier)}, start, {self._sums_sql(tier, chosen)}")
        return read(self._session, " UNION ALL ".join(parts), self._conditions.values, **values)

    def _sums_sql(self, tier: Tier, chosen: str) -> str:
        return (
            f"{SUMS_SQL} FROM {self._table} WHERE tier = {int(tier)} AND {chosen}"
            f" AND {self._conditions.rollups} GROUP BY start"
        )

    def read_slices(self, slices: Sequence[tuple[int, int]]) -> Rows:
        """Return (number of the slice, *counts of its runs)."""
        numbered = [(number, *ends) for number, ends in enumerate(slices)]
        return read_slices(
            self._session, numbered, self._conditions, select=COUNTS_SQL, where=COUNTED_SQL
        )

    def count_runs(self, edges: Sequence[int]) -> list[Sum]:
        """Count the runs between edges by reading every one of them, once."""
        parts: list[Sum] = [_NOTHING] * (len(edges) - 1)
        arms: list[str] = []
        values: dict[str, int] = {"since": edges[0], "until": edges[-1]}
        for i, stretch in enumerate(_stretches(edges)):
            arms.append(f"WHEN created_at < :e{i} THEN :n{i} + (created_at - :s{i}) / :w{i}")
            names = (f"s{i}", f"e{i}", f"w{i}", f"n{i}")
            values.update(zip(names, stretch, strict=True))
        for number, *counts in read(
            self._session,
            f"SELECT CASE {' '.join(arms)} END, {COUNTS_SQL} FROM runs"
            f" WHERE {COUNTED_SQL} AND created_at >= :since AND created_at < :until"
            f" AND {self._conditions.runs} GROUP BY 1",
            self._conditions.values,
            **values,
        ):
            parts[number] = tuple(counts)
        return parts


def read_slices(
    session: Session,
    slices: Sequence[tuple[int, int, int]],
    conditions: Conditions,
    *,
    select: str,
    where: str,
    group: str = "",
    **values: Any,
) -> Rows:
    """Ask something of the runs created in each slice (number, since, until).

    Each row is the slice's number and what was asked. Slices of one number may be answered
    together or one by one. `values` are those that `select` and `where` bind.
    """
    if not slices:
        return []
    if len(slices) == 1:
        # The bare question: to join one slice with the runs costs as much again.
        (number, since, until), grouped = slices[0], f" GROUP BY {group}" if group else ""
        asked = (
            f"SELECT {number}, {select} FROM runs WHERE {where} AND {conditions.runs}"
            f" AND created_at >= :since AND created_at < :until{grouped}"
        )
        return read(session, asked, conditions.values, since=since, until=until, **values)
    times = "created_at >= since AND created_at < until"
    sql = answer_each(
        session,
        listed(session, "slices", columns=("bigint", "bigint", "bigint")),
        names=("number", "since", "until"),
        select=select,
        source=f"runs WHERE {where} AND {times} AND {conditions.runs}",
        group=group,
    )
    return read(session, sql, conditions.values, slices=as_json(slices), **values)


class _Stretch(NamedTuple):
    """Parts of equal width: [start, end) cut every `width`, the first being number `first`."""

    start: int
    end: int
    width: int
    first: int


def _stretches(edges: Sequence[int]) -> Iterator[_Stretch]:
    """Join neighbouring parts of equal width: a year of days is few of them."""
    first = 0
    for i in range(1, len(edges)):
        width = edges[first + 1] - edges[first]
        if i + 1 == len(edges) or edges[i + 1] - edges[i] != width:
            yield _Stretch(edges[first], edges[i], width, first)
            first = i


def keep_filled(session: Session, tier: Tier, starts: Collection[int]) -> Collection[int]:
    """Leave out of a long list of buckets those before the first run and after the last."""
    if len(starts) < _LONG:
        return starts
    # Wherever any table has a row of a day or a block, the fleet's has one.
    ends = ", ".join(
        f"(SELECT {end}(start) FROM rollup_fleet WHERE tier = {int(tier)})"
        for end in ("min", "max")
    )
    ((first, last),) = read(session, f"SELECT {ends}", {})
    return [] if first is None else [start for start in starts if first <= start <= last]


def read_signed(
    session: Session, table: str, columns: str, flat: Sequence[Signed], conditions: Conditions
) -> Iterator[tuple[int, Rows]]:
    """Yield (sign, rows of `columns`) of a rollup for the stretches that are not of runs.

    `columns` may end in GROUP BY.
    """
    chosen, _, group = columns.partition(" GROUP BY ")
    wanted: dict[tuple[Tier, int], list[int]] = {}
    for stretch in flat:
        if stretch.tier is not None:
            starts = starts_of(stretch.tier, stretch.start, stretch.end)
            wanted.setdefault((stretch.tier, stretch.sign), []).extend(starts)
    for (tier, sign), found in wanted.items():
        sql = (
            f"SELECT {chosen} FROM {table} WHERE tier = {int(tier)}"
            f" AND start {among(session, listed(session, 'starts'))} AND {conditions.rollups}"
        )
        grouped = f"{sql} GROUP BY {group}" if group else sql
        kept = keep_filled(session, tier, found)
        yield sign, read(session, grouped, conditions.values, starts=as_json(kept))
