"""Which repository and workflow an observation means: found, adopted, renamed or made.

A repository is the provider's id, else its name in any case; a workflow is the provider's id, else
its name. What comes by name first is adopted when the id becomes known.
"""

from collections.abc import Iterable
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from pulseboard.collect.records import RepositorySeen, RunSeen, WorkflowSeen
from pulseboard.model import Repository, Workflow
from pulseboard.vocabulary import Provider

# How sure we are which branch is the default one.
GUESSED: Final = 0
TOLD_BY_SOURCE: Final = 1
# Without word from the source: main, else master, else the branch that was pushed first.
_USUAL_DEFAULTS: Final = ("main", "master")


class Repositories:
    """The repositories one batch speaks of, loaded once."""

    def __init__(self, session: Session, seen: Iterable[RepositorySeen], *, at: int) -> None:
        self._session = session
        self._at = at
        self._by_id: dict[tuple[bool, str], Repository] = {}
        self._by_name: dict[tuple[bool, str], Repository] = {}
        wanted = list(seen)
        names = {repository.full_name.lower() for repository in wanted}
        ids = {repository.provider_id for repository in wanted if repository.provider_id}
        rows = session.scalars(
            select(Repository)
            .where(Repository.name_key.in_(names) | Repository.provider_id.in_(ids))
            .order_by(Repository.named_at, Repository.id)
        )
        for row in rows:
            self._remember(row)

    def _remember(self, row: Repository) -> None:
        self._by_name[row.demo, row.name_key] = row
        if row.provider_id:
            self._by_id[row.demo, row.provider_id] = row

    def find(self, seen: RepositorySeen, *, observed_at: int) -> Repository:
        """Return the row that `seen` means, with what it says about the repository taken in."""
        row = self._match(seen) or self._make(seen, observed_at=observed_at)
        if seen.provider is Provider.GITHUB:
            row.provider = Provider.GITHUB
        if seen.provider_id and row.provider_id is None:
            row.provider_id = seen.provider_id
            self._remember(row)
        if (observed_at, seen.full_name) > (row.named_at, row.full_name):
            self._rename(row, seen.full_name, observed_at=observed_at)
        if seen.html_url and seen.html_url > (row.html_url or ""):
            row.html_url = seen.html_url
        return row

    def _match(self, seen: RepositorySeen) -> Repository | None:
        if seen.provider_id:
            known = self._by_id.get((seen.demo, seen.provider_id))
            if known is not None:
                return known
        named = self._by_name.get((seen.demo, seen.full_name.lower()))
        if named and seen.provider_id and named.provider_id not in (None, seen.provider_id):
            # The name was given to another repository since: a rename freed it.
            return None
        return named

    def _make(self, seen: RepositorySeen, *, observed_at: int) -> Repository:
        row = Repository(
            provider=seen.provider,
            provider_id=seen.provider_id,
            full_name=seen.full_name,
            name_key=seen.full_name.lower(),
            named_at=observed_at,
            demo=seen.demo,
            created_at=self._at,
            default_branch_rank=GUESSED,
            default_branch_at=0,
        )
        self._session.add(row)
        self._session.flush()
        self._remember(row)
        return row

    def _rename(self, row: Repository, full_name: str, *, observed_at: int) -> None:
        row.named_at = observed_at
        row.full_name = full_name
        row.name_key = full_name.lower()
        self._remember(row)


def take_default_branch(row: Repository, run: RunSeen) -> bool:
    """Take in what `run` says about the default branch; True when the answer has changed.

    The source's latest word wins; without one, the guess is the least of (main, master, earliest
    branch), so that it does not depend on the order of arrival.
    """
    before = row.default_branch
    told = run.repository.default_branch
    if told and row.default_branch_rank <= TOLD_BY_SOURCE:
        word = (TOLD_BY_SOURCE, run.updated_at, told)
        if word > (row.default_branch_rank, row.default_branch_at, row.default_branch or ""):
            row.default_branch_rank, row.default_branch_at, row.default_branch = word
    elif row.default_branch_rank == GUESSED and run.head_branch and not run.head_repository:
        guess = _guess_order(run.head_branch, run.created_at)
        if before is None or guess < _guess_order(before, row.default_branch_at):
            row.default_branch, row.default_branch_at = run.head_branch, run.created_at
    return row.default_branch != before


def _guess_order(branch: str, first_seen: int) -> tuple[int, int, str]:
    if branch in _USUAL_DEFAULTS:
        return (_USUAL_DEFAULTS.index(branch), 0, "")
    return (len(_USUAL_DEFAULTS), first_seen, branch)


class Workflows:
    """The workflows of the repositories one batch speaks of, loaded once."""

    def __init__(self, session: Session, repository_ids: Iterable[int]) -> None:
        self._session = session
        self._by_provider_id: dict[tuple[int, str], Workflow] = {}
        self._by_name: dict[tuple[int, str], Workflow] = {}
        self.by_id: dict[int, Workflow] = {}
        rows = session.scalars(
            select(Workflow)
            .where(Workflow.repository_id.in_(set(repository_ids)))
            # Descending, so that of two workflows of one name the older stands for the name.
            .order_by(Workflow.id.desc())
        )
        for row in rows:
            self._remember(row)

    def _remember(self, row: Workflow) -> None:
        self.by_id[row.id] = row
        self._by_name[row.repository_id, row.name] = row
        if row.provider_id:
            self._by_provider_id[row.repository_id, row.provider_id] = row

    def find(self, seen: WorkflowSeen, *, repository_id: int, observed_at: int) -> Workflow:
        """Return the row that `seen` means, with its name and file taken in."""
        row = self._match(seen, repository_id=repository_id) or self._make(seen, repository_id)
        if seen.provider_id and row.provider_id is None:
            row.provider_id = seen.provider_id
            self._remember(row)
        # GitHub calls a workflow whose file it cannot read by the file's path.
        named_at = 0 if seen.name == seen.path else observed_at
        if seen.provider_id and (named_at, seen.name) > (row.named_at, row.name):
            row.named_at, row.name = named_at, seen.name
            self._by_name.setdefault((repository_id, seen.name), row)
        if seen.path and seen.path > (row.path or ""):
            row.path = seen.path
        return row

    def _match(self, seen: WorkflowSeen, *, repository_id: int) -> Workflow | None:
        named = self._by_name.get((repository_id, seen.name))
        if not seen.provider_id:
            return named
        known = self._by_provider_id.get((repository_id, seen.provider_id))
        if known is not None:
            return known
        return named if named is not None and named.provider_id is None else None

    def _make(self, seen: WorkflowSeen, repository_id: int) -> Workflow:
        row = Workflow(
            repository_id=repository_id,
            provider_id=seen.provider_id,
            name=seen.name,
            named_at=0,
            path=seen.path,
        )
        self._session.add(row)
        self._session.flush()
        self.by_id[row.id] = row
        self._by_name.setdefault((repository_id, row.name), row)
        if row.provider_id:
            self._by_provider_id[repository_id, row.provider_id] = row
        return row
