"""Numbers that only grow and are never given twice, handed out under the writer lock."""

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy.orm import Session

from pulseboard.db.bulk import Upsert, ask
from pulseboard.model import Counter

_READ: Final = "SELECT name, value FROM counters"
_SAVE: Final = Upsert(Counter, conflict=("name",), updates={"value": "excluded.value"})


class Numbers:
    """The counters of one batch: read when first needed, written back once by `save`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: Callable[[], list[tuple[str, int]]] | None = None
        self._stored: Mapping[str, int] | None = None
        self._last: dict[str, int] = {}

    def ask(self) -> Callable[[], list[tuple[str, int]]]:
        """Ask for the counters now, to have them when the first one is needed."""
        self._asked = ask(self._session, _READ)
        return self._asked

    def take(self, name: str, *, count: int) -> range:
        """Take the next `count` numbers of a counter; the first of a new counter is 1."""
        last = self.last(name)
        if count:
            self._last[name] = last + count
        return range(last + 1, last + count + 1)

    def last(self, name: str) -> int:
        """Return the last number of a counter; 0 when none was taken yet."""
        if self._stored is None:
            asked = self._asked or self.ask()
            self._stored = dict(asked())
        return self._last.get(name, self._stored.get(name, 0))

    def raise_to(self, name: str, number: int) -> None:
        """Make a number the last of a counter, unless a greater one is already."""
        if number > self.last(name):
            self._last[name] = number

    def save(self) -> None:
        """Write back what was taken; the numbers are the batch's own once it is committed."""
        _SAVE.execute_tuples(self._session, sorted(self._last.items()))
