"""Counts on their way into the tables: summed by bucket and folded into every tier."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from operator import add
from typing import Any, Final, NamedTuple

from sqlalchemy.orm import Session

from pulseboard.db.bulk import Upsert, ask_in
from pulseboard.metrics.counts import COUNT_COLUMNS
from pulseboard.metrics.tally import EMPTY, SLOTS, change
from pulseboard.metrics.tiers import FAILURE_TIERS, FLEET_BIN_TIERS, WIDTHS, Tier
from pulseboard.model import FailureCount, FleetBin


class Counts:
    """Rows of counts on their way into every tier of one table."""

    def __init__(self, tiers: Sequence[Tier]) -> None:
        self._tiers = tuple(reversed(tiers))
        self._width = WIDTHS[self._tiers[0]]
        self._sums: dict[tuple[int, ...], list[int]] = {}

    def add(self, at: int, key: tuple[int, ...], changes: Sequence[tuple[int, int]]) -> None:
        """Add to counts at an instant; `key` is what the table is keyed by beside the bucket.

        Each change is the place of a count among COUNT_COLUMNS and what is added to it.
        """
        place = (at - at % self._width, *key)
        counts = self._sums.get(place)
        if counts is None:
            counts = self._sums[place] = [0] * len(COUNT_COLUMNS)
        for column, by in changes:
            counts[column] += by

    def rows(self) -> list[tuple[int, ...]]:
        """Return the rows (tier, start, key, counts) of every tier that are not zero, sorted."""
        found: list[tuple[int, ...]] = []
        sums = self._sums
        for tier in self._tiers:
            if tier is not self._tiers[0]:
                sums = _fold(sums, tier)
            found += (
                (int(tier), *key, *counts) for key, counts in sorted(sums.items()) if any(counts)
            )
        return found


def _fold(sums: dict[tuple[int, ...], list[int]], tier: Tier) -> dict[tuple[int, ...], list[int]]:
    """Sum the buckets of a finer tier into those of a wider one."""
    folded: dict[tuple[int, ...], list[int]] = {}
    width = WIDTHS[tier]
    for (start, *key), counts in sums.items():
        place = (start - start % width, *key)
        before = folded.get(place)
        folded[place] = counts if before is None else list(map(add, before, counts))
    return folded


class TallyTable(NamedTuple):
    """A table of tallies: how to read some of its rows and how to put them back."""

    read: str
    write: Upsert


class Tallies:
    """Differences of single counters on their way into every tier of one table of tallies."""

    def __init__(self, table: TallyTable, tiers: Sequence[Tier]) -> None:
        self._table = table
        self._widths = [(int(tier), WIDTHS[tier]) for tier in tiers]
        self._changes: defaultdict[tuple[int, int, int, int], dict[int, int]] = defaultdict(dict)
        self._keys: list[tuple[int, int, int, int]] = []
        self._stored: Callable[[], list[Any]] | None = None

    def add(self, at: int, lane: int, counter: int, times: int) -> None:
        """Add to a counter at an instant."""
        part, slot = divmod(counter, SLOTS)
        for tier, width in self._widths:
            slots = self._changes[tier, at - at % width, lane, part]
            slots[slot] = slots.get(slot, 0) + times

    def ask(self, session: Session) -> Callable[[], list[Any]]:
        """Ask for the stored tallies that are going to change, when all differences are known."""
        self._keys = sorted(key for key, slots in self._changes.items() if any(slots.values()))
        types = ("integer", "bigint", "integer", "integer")
        self._stored = ask_in(session, self._table.read, self._keys, types=types)
        return self._stored

    def write(self, session: Session) -> None:
        """Change the stored tallies and forget the differences; the writer lock must be held."""
        asked = self._stored or self.ask(session)
        stored = {tuple(row[:4]): row[4] for row in asked()}
        rows = []
        for key in self._keys:
            tally = change(stored.get(key, EMPTY), self._changes[key])
            rows.append((*key, tally))
        self._table.write.execute_tuples(session, rows)
        self._changes.clear()
        self._stored = None


_TALLY_KEY: Final = ("tier", "start", "lane", "part")


def _tally_table(table: type[FleetBin | FailureCount]) -> TallyTable:
    named = ", ".join(_TALLY_KEY)
    matching = " AND ".join(f"t.{column} = wanted.{column}" for column in _TALLY_KEY)
    # CROSS JOIN keeps SQLite from scanning the table and looking the few keys up in it.
    read = (
        f"WITH wanted({named}) AS ({{rows}}) SELECT {', '.join('t.' + c for c in _TALLY_KEY)},"
        f" t.tally FROM wanted CROSS JOIN {table.__tablename__} t WHERE {matching}"
    )
    write = Upsert(table, conflict=_TALLY_KEY, updates={"tally": "excluded.tally"})
    return TallyTable(read, write)


_FLEET_BINS: Final = _tally_table(FleetBin)
_FAILURES: Final = _tally_table(FailureCount)


def fleet_bins() -> Tallies:
    """Return an empty set of differences for the fleet's duration bins."""
    return Tallies(_FLEET_BINS, FLEET_BIN_TIERS)


def failures() -> Tallies:
    """Return an empty set of differences for the failures of each workflow."""
    return Tallies(_FAILURES, FAILURE_TIERS)
