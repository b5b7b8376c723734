"""Which of the changes a subscriber wants to hear of."""

from msgspec import Struct

from pulseboard.live.messages import AlertsChanged, Change, Invalidated, Message


class Filter(Struct, frozen=True):
    """Names or our ids; what is empty is not asked.

    It goes by what a change says of itself, so that it also holds for a repository, a workflow or
    a branch that nothing has been heard of yet.
    """

    # Names in lower case.
    repositories: frozenset[str | int] = frozenset()
    # Names as they are written, or files.
    workflows: frozenset[str | int] = frozenset()
    branches: frozenset[str] = frozenset()
    # Beside the named branches, each repository's default branch.
    default_branch: bool = False
    demo: bool | None = None

    def lets_through(self, message: Message) -> bool:
        """Say whether a message is wanted."""
        if isinstance(message.data, AlertsChanged):
            return self.demo is None or message.data.demo == self.demo
        if isinstance(message.data, Invalidated):
            # A change can move a run out of a workflow's or branch's numbers: only its repository
            # stays the same.
            return any(self._is_of_repository(change) for change in message.about)
        return all(self._wants(change) for change in message.about)

    def _wants(self, change: Change) -> bool:
        return (
            (self.demo is None or change.demo == self.demo)
            and self._is_of_repository(change)
            and self._is_of_workflow(change)
            and self._is_on_branch(change)
        )

    def _is_of_repository(self, change: Change) -> bool:
        wanted = self.repositories
        return not wanted or change.repository_id in wanted or change.repository in wanted

    def _is_of_workflow(self, change: Change) -> bool:
        wanted = self.workflows
        if not wanted or change.workflow_id in wanted or change.workflow in wanted:
            return True
        path = change.workflow_path or ""
        return any(isinstance(one, str) and f"/{path}".endswith(f"/{one}") for one in wanted)

    def _is_on_branch(self, change: Change) -> bool:
        if not self.branches and not self.default_branch:
            return True
        return (self.default_branch and change.on_default) or change.head_branch in self.branches
