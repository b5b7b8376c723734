"""Answers kept while the runs they are about stay as they are: the cards of one page share them."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from pulseboard import clock

# The counters grow with every batch of the writer and with whatever deletes runs.
_MARKS: Final = "SELECT name, value FROM counters"
# Those that the writer's batches move; each batch leaves a delivery for whatever it changes.
_BY_WRITER: Final = frozenset({"delivery", "run", "job", "rev"})
# Numbers of deliveries are consecutive and theirs is the order of their commits.
_TOUCHED: Final = (
    "SELECT DISTINCT repository_id FROM deliveries WHERE id > {} AND id <= {}"
    " AND repository_id IS NOT NULL"
)
# After more deliveries than these, or for more repositories, all is looked at anew.
_MOST_DELIVERIES: Final = 5_000
_MOST_TOUCHED: Final = 100
# An answer that reaches back for ninety days may have begun so much earlier.
_FRESH: Final = 60 * clock.SECOND
_MOST: Final = 64

T = TypeVar("T")
Marks = Mapping[str, int]


class _Place(Generic[T]):
    """One answer; who comes while it is made waits for it instead of making it again."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.marks: Marks = {}
        # When all of it was last looked at.
        self.at = 0
        self.answer: T | None = None


class Remembered(Generic[T]):
    """The newest answers to one question, by database and by what was asked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: WeakKeyDictionary[Any, OrderedDict[Hashable, _Place[T]]] = WeakKeyDictionary()

    def get(
        self,
        session: Session,
        key: Hashable,
        *,
        at: int,
        make: Callable[[], T],
        renew: Callable[[T, Sequence[int]], T],
    ) -> T:
        """Return the answer as of about an instant, exactly as what this session sees has it.

        `make` looks at everything, `renew` turns an answer into that of now, given the
        repositories that something was written about.
        """
        bind = session.get_bind()
        if bind.get_execution_options().get("writing"):
            # What this transaction has changed is marked only at its end.
            return make()
        marks = {row[0]: row[1] for row in session.connection().exec_driver_sql(_MARKS)}
        place = self._place(bind, key)
        with place.lock:
            touched = _touched_since(session, place.marks, marks)
            is_fresh = 0 <= at - place.at < _FRESH
            if place.answer is None or touched is None or not is_fresh:
                place.answer, place.at = make(), at
            elif touched:
                place.answer = renew(place.answer, touched)
            place.marks = marks
            return place.answer

    def _place(self, bind: object, key: Hashable) -> _Place[T]:
        with self._lock:
            places = self._places.setdefault(bind, OrderedDict())
            place = places.setdefault(key, _Place())
            places.move_to_end(key)
            if len(places) > _MOST:
                places.popitem(last=False)
            return place


def _touched_since(session: Session, before: Marks, now: Marks) -> Sequence[int] | None:
    """Return the repositories that something was written about; None when that is not known."""
    if before == now:
        return ()
    changed = {name for name in {*before, *now} if before.get(name) != now.get(name)}
    first, last = before.get("delivery", 0), now.get("delivery", 0)
    # An older snapshot than that of the answer knows nothing of what has come since.
    if not changed <= _BY_WRITER or not 0 < last - first <= _MOST_DELIVERIES:
        return None
    rows = session.connection().exec_driver_sql(_TOUCHED.format(int(first), int(last)))
    touched = [row[0] for row in rows.fetchmany(_MOST_TOUCHED + 1)]
    return touched if len(touched) <= _MOST_TOUCHED else None
