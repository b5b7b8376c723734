"""Answers kept for as long as no run changes: the cards of one page ask for the same thing."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, Final, Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy.orm import Session

from pulseboard import clock

# The counters grow with every batch of the writer and with whatever deletes runs.
_MARKS: Final = "SELECT name, value FROM counters ORDER BY name"
# An answer that reaches back for so many days may be so old when it is given again.
_FRESH: Final = 5 * clock.SECOND
_MOST: Final = 64

T = TypeVar("T")


class _Place(Generic[T]):
    """One answer; who comes while it is made waits for it instead of making it again."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.marks: object = None
        self.at = 0
        self.answer: T | None = None


class Remembered(Generic[T]):
    """The newest answers to one question, by database and by what was asked."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: WeakKeyDictionary[Any, OrderedDict[Hashable, _Place[T]]] = WeakKeyDictionary()

    def get(self, session: Session, key: Hashable, *, at: int, make: Callable[[], T]) -> T:
        """Return what `make` answered as of about that instant, if nothing was written since."""
        bind = session.get_bind()
        if bind.get_execution_options().get("writing"):
            # What this transaction has changed is marked only at its end.
            return make()
        marks = session.connection().exec_driver_sql(_MARKS).all()
        place = self._place(bind, key)
        with place.lock:
            age = at - place.at
            if place.answer is None or place.marks != marks or not 0 <= age < _FRESH:
                place.answer = make()
                place.marks, place.at = marks, at
            return place.answer

    def _place(self, bind: object, key: Hashable) -> _Place[T]:
        with self._lock:
            places = self._places.setdefault(bind, OrderedDict())
            place = places.setdefault(key, _Place())
            places.move_to_end(key)
            if len(places) > _MOST:
                places.popitem(last=False)
            return place
