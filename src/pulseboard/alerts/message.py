"""What a message says, whatever the channel: plain facts, unescaped, in the order they are read."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from pulseboard import clock
from pulseboard.alerts.words import write_instant, write_seconds

# How an alert ends when the runs end it, which goes without saying.
NO_LONGER: Final = "the condition no longer holds"
# More are counted, not listed.
MAX_LISTED: Final = 10
_MARKS: Final = {
    "opened": "🔴",
    "reminder": "🔴",
    "resolved": "✅",
    "trouble": "⚠️",
    "test": "🔔",
}


class Why(StrEnum):
    """Why a message is sent."""

    OPENED = "opened"
    REMINDER = "reminder"
    RESOLVED = "resolved"
    TROUBLE = "trouble"
    TEST = "test"


class Item(Struct, frozen=True):
    """One alert in a message."""

    alert_id: int
    headline: str
    severity: str = "high"
    rule: str = ""
    repository: str | None = None
    workflow: str | None = None
    branch: str | None = None
    since: int | None = None
    resolved_at: int | None = None
    resolution: str | None = None
    commit: str | None = None
    author: str | None = None
    run_number: int | None = None
    # Of the run that ended it.
    fixed_commit: str | None = None
    fixed_author: str | None = None
    fixed_number: int | None = None
    # The first line that says what went wrong, else the step that failed.
    error: str | None = None
    run_url: str | None = None
    log_url: str | None = None
    alert_url: str | None = None
    # What the channel called the message of the beginning, to thread and to update.
    thread: str | None = None


class Message(Struct, frozen=True):
    """A message to one channel about one or many alerts; `id` never changes between two tries."""

    id: str
    why: Why
    items: tuple[Item, ...] = ()
    note: str | None = None
    # Nobody can say whether an earlier try arrived.
    is_repeated: bool = False
    at: int = 0

    @property
    def mark(self) -> str:
        """The sign it begins with."""
        return _MARKS[self.why]

    @property
    def title(self) -> str:
        """Its first line."""
        if self.why is Why.TEST:
            return "Test message from Pulseboard"
        if self.why is Why.TROUBLE:
            return "A channel could not be told"
        if len(self.items) == 1:
            return self._title_of_one(self.items[0])
        repositories = {item.repository for item in self.items}
        what = "alerts are over" if self.why is Why.RESOLVED else "alerts"
        if len(repositories) == 1:
            return f"{len(self.items)} {what} in {next(iter(repositories))}"
        return f"{len(self.items)} {what} in {len(repositories)} repositories"

    def _title_of_one(self, item: Item) -> str:
        if self.why is Why.RESOLVED:
            return f"Resolved: {item.headline}"
        if self.why is Why.REMINDER:
            return f"Still: {item.headline}"
        # It was mended between the sending and the next try to send it.
        return f"{item.headline} (over by now)" if item.resolved_at is not None else item.headline

    @property
    def listed(self) -> tuple[Item, ...]:
        """The alerts that are told one by one."""
        return self.items[:MAX_LISTED]

    @property
    def left_out(self) -> int:
        """How many more there are."""
        return max(0, len(self.items) - MAX_LISTED)

    @property
    def all_url(self) -> str | None:
        """Where all alerts are listed, when there is more than one."""
        url = self.items[0].alert_url if len(self.items) > 1 else None
        return url.rpartition("/")[0] if url else None

    @property
    def footnotes(self) -> list[str]:
        """What is said at the end."""
        notes = [self.note] if self.note else []
        if self.left_out:
            notes.append(f"… and {self.left_out} more.")
        if self.is_repeated:
            notes.append(f"Perhaps you have read this already (ref #{self.id}).")
        return notes


def facts_of(item: Item, message: Message) -> list[tuple[str, str]]:
    """Return what a message says of an alert as pairs of a label and words; of many the least."""
    if message.why is Why.TEST:
        return []
    facts = _facts_of_many(item, message) if len(message.items) > 1 else _all_facts(item, message)
    return [(label, words) for label, words in facts if words]


def _facts_of_many(item: Item, message: Message) -> list[tuple[str, str | None]]:
    if message.why is Why.RESOLVED:
        return [("Fixed by", _commit(item.fixed_commit, item.fixed_author, item.fixed_number))]
    commit = _commit(item.commit, item.author, item.run_number)
    return [("Commit", commit), ("Error", item.error)]


def _all_facts(item: Item, message: Message) -> list[tuple[str, str | None]]:
    facts: list[tuple[str, str | None]] = [
        ("Since", None if item.since is None else write_instant(item.since)),
    ]
    if message.why is not Why.RESOLVED:
        facts.append(("Commit", _commit(item.commit, item.author, item.run_number)))
        facts.append(("Error", item.error))
        facts.append(("Severity", item.severity))
    if item.resolved_at is not None:
        lasted = "" if item.since is None else _lasted(item.since, item.resolved_at)
        facts.append(("Resolved", write_instant(item.resolved_at) + lasted))
        facts.append(("Fixed by", _commit(item.fixed_commit, item.fixed_author, item.fixed_number)))
        facts.append(("How", None if item.resolution == NO_LONGER else item.resolution))
    return facts


def _commit(commit: str | None, author: str | None, number: int | None) -> str | None:
    parts = [commit[:7] if commit else "", f"by {author}" if author else ""]
    words = " ".join(part for part in parts if part)
    run = "" if number is None else f"run #{number}"
    return f"{words} ({run})" if words and run else words or run or None


def _lasted(since: int, until: int) -> str:
    return f", after {write_seconds(max(0, until - since) / clock.SECOND)}"


def links_of(item: Item, message: Message) -> list[tuple[str, str]]:
    """Return where a reader goes from here: the log, and the place to acknowledge."""
    if len(message.items) > 1:
        first = item.log_url or item.run_url
        return [("Open the log", first)] if first else []
    links: list[tuple[str, str | None]] = [
        ("Open the log", item.log_url),
        ("Open the run", item.run_url),
    ]
    if message.why in (Why.OPENED, Why.REMINDER):
        links.append(("Acknowledge", item.alert_url))
    return [(label, url) for label, url in links if url]


def one_line(text: str, *, limit: int = 300) -> str:
    """Return text without line breaks and control characters, cut where it becomes too long."""
    clean = "".join(c if c.isprintable() else " " for c in text)
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def as_text(message: Message) -> str:
    """Write a message as plain text, for mail and for whatever shows no more."""
    lines = [f"{message.mark} {one_line(message.title)}", ""]
    for item in message.listed:
        if len(message.items) > 1 or message.why is Why.TROUBLE:
            lines.append(f"- {one_line(item.headline)}")
        lines += [f"{label}: {one_line(words)}" for label, words in facts_of(item, message)]
        lines += [f"{label}: {url}" for label, url in links_of(item, message)]
        lines.append("")
    lines += [one_line(note) for note in message.footnotes]
    if message.all_url:
        lines.append(f"All alerts: {message.all_url}")
    return "\n".join(lines).strip() + "\n"
