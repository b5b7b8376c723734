"""Which repository and workflow an observation means: found, adopted, renamed or made.

A repository is the provider's id, else its name in any case; a workflow is the provider's id, else
its name. What comes by name first is adopted when the id becomes known. The rows are kept as plain
objects, because a batch looks at each of them many times.
"""

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

from msgspec import Struct, structs
from sqlalchemy import insert
from sqlalchemy.orm import Session

from pulseboard.clock import MINUTE, SECOND
from pulseboard.collect.records import RepositorySeen, RunSeen, WorkflowSeen
from pulseboard.db.bulk import Upsert, ask_in, select_in
from pulseboard.model import Repository, Workflow
from pulseboard.vocabulary import Provider, Source

# How sure we are which branch is the default one.
GUESSED: Final = 0
TOLD_BY_SOURCE: Final = 1
# Without word from the source: main, else master, else the branch that was pushed first.
_USUAL_DEFAULTS: Final = ("main", "master")
# When a repository was last heard of is kept to the second, to spare a busy one the writing.
_HEARD_EVERY: Final = SECOND
# And since when a name holds or a branch is the default one, to the minute; of two in one minute
# the greater text wins.
_NAMED_EVERY: Final = MINUTE


_updated_at: Final = attrgetter("updated_at")


def _named_at(observed_at: int) -> int:
    return observed_at - observed_at % _NAMED_EVERY


class Home(Struct, gc=False):
    """A repository as its row has it."""

    id: int
    provider: str
    provider_id: str | None
    full_name: str
    name_key: str
    named_at: int
    html_url: str | None
    default_branch: str | None
    default_branch_rank: int
    default_branch_at: int
    demo: bool
    created_at: int
    last_event_at: int | None
    last_source: str | None
    last_webhook_at: int | None
    is_changed: bool = False

    def hear(self, *, at: int, source: str) -> None:
        """Note that something was heard of the repository."""
        last = self.last_event_at
        if last is None or at >= last + _HEARD_EVERY or (at > last and source != self.last_source):
            self.last_event_at, self.last_source, self.is_changed = at, source, True
            if source == Source.WEBHOOK:
                self.last_webhook_at = at


_HOME_COLUMNS: Final = Home.__struct_fields__[:-1]
_DEMO: Final = _HOME_COLUMNS.index("demo")
_PROVIDER_ID: Final = _HOME_COLUMNS.index("provider_id")
_HOMES: Final = f"""WITH wanted(value) AS ({{rows}})
    SELECT {", ".join("r." + c for c in _HOME_COLUMNS)} FROM wanted CROSS JOIN repositories r"""
_BY_NAME: Final = f"{_HOMES} WHERE r.name_key = wanted.value"
_BY_PROVIDER_ID: Final = f"{_HOMES} WHERE r.provider_id = wanted.value"
_SAVE_HOMES: Final = Upsert(
    Repository,
    conflict=("id",),
    updates={c: f"excluded.{c}" for c in _HOME_COLUMNS if c not in ("id", "demo", "created_at")},
)
_SAVE_PLACES: Final = Upsert(
    Workflow,
    conflict=("id",),
    updates={c: f"excluded.{c}" for c in ("provider_id", "name", "named_at", "path")},
)
_WORKFLOW_COLUMNS: Final = ("id", "repository_id", "provider_id", "name", "named_at", "path")
_WORKFLOWS: Final = f"""WITH wanted(value) AS ({{rows}})
    SELECT {", ".join("w." + c for c in _WORKFLOW_COLUMNS)} FROM wanted CROSS JOIN workflows w
    WHERE w.repository_id = wanted.value"""


class Repositories:
    """The repositories one batch speaks of, asked for once; `save` writes what has changed."""

    def __init__(self, session: Session, seen: Iterable[RepositorySeen], *, at: int) -> None:
        self._session = session
        self._at = at
        self._wanted = set(seen)
        ids = [(i,) for i in {repository.provider_id for repository in self._wanted} if i]
        self._known_by_id = ask_in(session, _BY_PROVIDER_ID, ids, types=("text",))
        self._homes: list[Home] | None = None
        self._by_id: dict[tuple[bool, str], Home] = {}
        self._by_name: dict[tuple[bool, str], Home] = {}

    def _load(self) -> list[Home]:
        """Return the repositories known so far; the first time the answer is taken in."""
        if self._homes is not None:
            return self._homes
        rows = {row[0]: row for row in self._known_by_id()}
        known = {(bool(row[_DEMO]), row[_PROVIDER_ID]) for row in rows.values()}
        # Only who is not known by id can be meant by name.
        names = {r.full_name.lower() for r in self._wanted if (r.demo, r.provider_id) not in known}
        by_name = select_in(self._session, _BY_NAME, [(name,) for name in names], types=("text",))
        rows.update({row[0]: row for row in by_name})
        self._homes = [Home(*row) for row in rows.values()]
        # Of two that went by one name, the one that had it last stands for it.
        for home in sorted(self._homes, key=lambda home: (home.named_at, home.id)):
            home.demo = bool(home.demo)
            self._remember(home)
        return self._homes

    def _remember(self, home: Home) -> None:
        self._by_name[home.demo, home.name_key] = home
        if home.provider_id:
            self._by_id[home.demo, home.provider_id] = home

    def find(self, seen: RepositorySeen, *, observed_at: int, is_itself: bool = False) -> Home:
        """Return the repository that `seen` means, with what it says about it taken in.

        `is_itself` says that GitHub was asked for the repository and for nothing else: its name
        then counts from that very moment.
        """
        self._load()
        home = self._match(seen) or self._make(seen, observed_at=observed_at)
        if seen.provider is Provider.GITHUB and home.provider != Provider.GITHUB:
            home.provider, home.is_changed = Provider.GITHUB, True
        if seen.provider_id and home.provider_id is None:
            home.provider_id, home.is_changed = seen.provider_id, True
            self._remember(home)
        named_at = observed_at if is_itself else _named_at(observed_at)
        if (named_at, seen.full_name) > (home.named_at, home.full_name):
            self._name(home, seen.full_name, named_at=named_at)
        if seen.html_url and seen.html_url > (home.html_url or ""):
            home.html_url, home.is_changed = seen.html_url, True
        return home

    def _name(self, home: Home, full_name: str, *, named_at: int) -> None:
        home.named_at, home.is_changed = named_at, True
        if full_name != home.full_name:
            home.full_name, home.name_key = full_name, full_name.lower()
            self._remember(home)

    def _match(self, seen: RepositorySeen) -> Home | None:
        if seen.provider_id:
            known = self._by_id.get((seen.demo, seen.provider_id))
            if known is not None:
                return known
        named = self._by_name.get((seen.demo, seen.full_name.lower()))
        if named and seen.provider_id and named.provider_id not in (None, seen.provider_id):
            # The name was given to another repository since: a rename freed it.
            return None
        return named

    def _make(self, seen: RepositorySeen, *, observed_at: int) -> Home:
        values: dict[str, Any] = {
            "provider": seen.provider,
            "provider_id": seen.provider_id,
            "full_name": seen.full_name,
            "name_key": seen.full_name.lower(),
            "named_at": _named_at(observed_at),
            "html_url": None,
            "default_branch": None,
            "default_branch_rank": GUESSED,
            "default_branch_at": 0,
            "demo": seen.demo,
            "created_at": self._at,
            "last_event_at": None,
            "last_source": None,
            "last_webhook_at": None,
        }
        number = self._session.scalar(insert(Repository).values(**values).returning(Repository.id))
        home = Home(id=number or 0, **values)
        self._load().append(home)
        self._remember(home)
        return home

    def save(self) -> None:
        """Write every repository that has changed."""
        changed = [structs.astuple(home)[:-1] for home in self._homes or () if home.is_changed]
        _SAVE_HOMES.execute_tuples(self._session, changed)


def newest_of(runs: Iterable[RunSeen]) -> int:
    """Return the instant of the last word that some runs are."""
    newest: int = max(map(_updated_at, runs))
    return newest


def take_default_branch(home: Home, runs: Sequence[RunSeen]) -> bool:
    """Take in what `runs` say about the default branch; True when the answer has changed.

    All of them say the same of the repository. The source's latest word wins; without one, the
    guess is the least of (main, master, earliest branch), so that it does not depend on the order
    of arrival.
    """
    told = runs[0].repository.default_branch
    if told:
        return take_told_branch(home, told, at=newest_of(runs))
    before = home.default_branch
    if home.default_branch_rank != GUESSED or before == _USUAL_DEFAULTS[0]:
        return False
    for guess, at in _first_seen(runs).items():
        best = home.default_branch
        if best is None or _guess_order(guess, at) < _guess_order(best, home.default_branch_at):
            home.default_branch, home.default_branch_at, home.is_changed = guess, at, True
    return home.default_branch != before


def _first_seen(runs: Sequence[RunSeen]) -> dict[str, int]:
    """Return when each branch of the repository itself was first seen."""
    first: dict[str, int] = {}
    for run in runs:
        if run.head_branch and not run.head_repository:
            at = first.get(run.head_branch)
            if at is None or run.created_at < at:
                first[run.head_branch] = run.created_at
    return first


def take_told_branch(home: Home, told: str, *, at: int) -> bool:
    """Take in the source's word about the default branch; True when the answer has changed.

    When the word was given is kept to the minute, as for names: every delivery repeats it.
    """
    before = home.default_branch
    word = (TOLD_BY_SOURCE, _named_at(at), told)
    if word > (home.default_branch_rank, home.default_branch_at, before or ""):
        home.default_branch_rank, home.default_branch_at, home.default_branch = word
        home.is_changed = True
    return home.default_branch != before


def _guess_order(branch: str, first_seen: int) -> tuple[int, int, str]:
    if branch in _USUAL_DEFAULTS:
        return (_USUAL_DEFAULTS.index(branch), 0, "")
    return (len(_USUAL_DEFAULTS), first_seen, branch)


class Place(Struct, gc=False):
    """A workflow as its row has it."""

    id: int
    repository_id: int
    provider_id: str | None
    name: str
    named_at: int
    path: str | None
    is_changed: bool = False


class Workflows:
    """The workflows of the repositories one batch speaks of, asked for once."""

    def __init__(self, session: Session, repository_ids: Iterable[int]) -> None:
        self._session = session
        self._by_provider_id: dict[tuple[int, str], Place] = {}
        self._by_name: dict[tuple[int, str], Place] = {}
        self.by_id: dict[int, Place] = {}
        self._met: dict[tuple[int, WorkflowSeen], Place] = {}
        wanted = [(number,) for number in set(repository_ids)]
        self._known = ask_in(session, _WORKFLOWS, wanted, types=("bigint",))
        self._is_loaded = False

    def _load(self) -> None:
        """Take in the answer before the first look."""
        if self._is_loaded:
            return
        self._is_loaded = True
        # Descending, so that of two workflows of one name the older stands for the name.
        for row in sorted(self._known(), reverse=True, key=lambda row: int(row[0])):
            self._remember(Place(*row))

    def _remember(self, place: Place) -> None:
        self.by_id[place.id] = place
        self._by_name[place.repository_id, place.name] = place
        if place.provider_id:
            self._by_provider_id[place.repository_id, place.provider_id] = place

    def find(self, seen: WorkflowSeen, *, repository_id: int, observed_at: int) -> Place:
        """Return the workflow that `seen` means, with its name and file taken in."""
        self._load()
        place = self._match(seen, repository_id=repository_id) or self._make(seen, repository_id)
        if seen.provider_id and place.provider_id is None:
            place.provider_id, place.is_changed = seen.provider_id, True
            self._remember(place)
        # GitHub calls a workflow whose file it cannot read by the file's path.
        named_at = 0 if seen.name == seen.path else _named_at(observed_at)
        if seen.provider_id and (named_at, seen.name) > (place.named_at, place.name):
            place.named_at, place.name, place.is_changed = named_at, seen.name, True
            self._by_name.setdefault((repository_id, seen.name), place)
        if seen.path and seen.path > (place.path or ""):
            place.path, place.is_changed = seen.path, True
        return place

    def meet(self, seen: WorkflowSeen, *, repository_id: int, observed_at: int) -> None:
        """Find the workflow that `seen` means once for a batch, for `of` to tell."""
        place = self.find(seen, repository_id=repository_id, observed_at=observed_at)
        self._met[repository_id, seen] = place

    def of(self, seen: WorkflowSeen, *, repository_id: int) -> Place:
        """Return the workflow that `seen` was found to mean."""
        return self._met[repository_id, seen]

    def _match(self, seen: WorkflowSeen, *, repository_id: int) -> Place | None:
        named = self._by_name.get((repository_id, seen.name))
        if not seen.provider_id:
            return named
        known = self._by_provider_id.get((repository_id, seen.provider_id))
        if known is not None:
            return known
        return named if named is not None and named.provider_id is None else None

    def _make(self, seen: WorkflowSeen, repository_id: int) -> Place:
        values: dict[str, Any] = {
            "repository_id": repository_id,
            "provider_id": seen.provider_id,
            "name": seen.name,
            "named_at": 0,
            "path": seen.path,
        }
        number = self._session.scalar(insert(Workflow).values(**values).returning(Workflow.id))
        place = Place(id=number or 0, **values)
        self.by_id[place.id] = place
        self._by_name.setdefault((repository_id, place.name), place)
        if place.provider_id:
            self._by_provider_id[repository_id, place.provider_id] = place
        return place

    def save(self) -> None:
        """Write every workflow that has changed."""
        places = self.by_id.values()
        changed = [structs.astuple(place)[:-1] for place in places if place.is_changed]
        _SAVE_PLACES.execute_tuples(self._session, changed)
