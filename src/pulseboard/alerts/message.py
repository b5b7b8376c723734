"""What a message says, whatever the channel: plain facts, unescaped, in the order they are read."""

from enum import StrEnum
from typing import Final

from msgspec import Struct

from pulseboard import clock

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
        return item.headline

    @property
    def listed(self) -> tuple[Item, ...]:
        """The alerts that are told one by one."""
        return self.items[:MAX_LISTED]

    @property
    def left_out(self) -> int:
        """How many more there are."""
        return max(0, len(self.items) - MAX_LISTED)

    @property
    def footnotes(self) -> list[str]:
        """What is said at the end."""
        notes = [self.note] if self.note else []
        if self.left_out:
            notes.append(f"… and {self.left_out} more.")
        if self.is_repeated:
            notes.append(f"Perhaps you have read this already (ref #{self.id}).")
        return notes


def facts_of(item: Item, *, why: Why) -> list[tuple[str, str]]:
    """Return what is known about an alert as pairs of a label and words."""
    facts: list[tuple[str, str | None]] = [
        ("Severity", item.severity),
        ("Since", None if item.since is None else write_instant(item.since)),
    ]
    if why is Why.RESOLVED and item.resolved_at is not None:
        facts.append(("Resolved", write_instant(item.resolved_at)))
        facts.append(("How", item.resolution))
    else:
        by = f" by {item.author}" if item.author else ""
        facts.append(("Commit", f"{item.commit[:7]}{by}" if item.commit else None))
        facts.append(("Error", item.error))
    return [(label, words) for label, words in facts if words]


def links_of(item: Item, *, why: Why) -> list[tuple[str, str]]:
    """Return where a reader goes from here: the log, and the place to acknowledge."""
    links: list[tuple[str, str | None]] = [
        ("Open the log", item.log_url),
        ("Open the run", item.run_url),
    ]
    if why in (Why.OPENED, Why.REMINDER):
        links.append(("Acknowledge", item.alert_url))
    return [(label, url) for label, url in links if url]


def write_instant(instant: int) -> str:
    """Write an instant for people who may be in any zone."""
    return clock.to_datetime(instant).strftime("%Y-%m-%d %H:%M UTC")


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
        lines += [f"{label}: {one_line(words)}" for label, words in facts_of(item, why=message.why)]
        lines += [f"{label}: {url}" for label, url in links_of(item, why=message.why)]
        lines.append("")
    lines += [one_line(note) for note in message.footnotes]
    return "\n".join(lines).strip() + "\n"
