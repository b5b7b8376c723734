"""Which webhooks GitHub delivers to us by: that of the App, else those of the repositories."""

from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from pulseboard import clock
from pulseboard.collect.github.answers import Later, Purpose, Refused
from pulseboard.collect.github.collector import Collector
from pulseboard.collect.github.paths import repository_path
from pulseboard.db.session import Database
from pulseboard.model import Feed, Repository, Setting

APP: Final = "app/hook"
_TROUBLE: Final = "github/hook-trouble/"
_FOUND: Final = "github/hook/"
# Where a hook of a repository is, or that it is not to be seen, is asked again after so long.
_LOOK_EVERY: Final = 12 * clock.HOUR
# What is heard of this lately is fed by a webhook.
_HEARD_WITHIN: Final = 30 * clock.DAY
_DOORS: Final = ("/webhook/github", "/api/v1/webhooks/github")


class _Config(Struct, gc=False):
    url: str = ""


class _Hook(Struct, gc=False):
    id: int
    active: bool = True
    config: _Config = msgspec.field(default_factory=_Config)


_read: Final = msgspec.json.Decoder(list[_Hook]).decode


def list_hooks(collector: Collector, *, has_app: bool) -> list[str]:
    """Return the hooks whose deliveries can be listed: `app/hook` or `repos/…/hooks/<id>`."""
    if has_app:
        return [APP]
    with collector.database.reading() as session:
        names = list(
            session.scalars(
                select(Repository.full_name)
                .join(Feed, Feed.repository_id == Repository.id)
                .where(Feed.tracked, Repository.last_webhook_at > clock.now() - _HEARD_WITHIN)
                .order_by(Repository.id)
            )
        )
    return [hook for hook in (_hook_of(collector, name) for name in names) if hook]


def _hook_of(collector: Collector, full_name: str) -> str | None:
    """Return the hook of a repository that leads to us; None when none is to be seen."""
    key, now = _FOUND + full_name, clock.now()
    with collector.database.reading() as session:
        known = session.get(Setting, key)
        if known is not None and known.updated_at > now - _LOOK_EVERY:
            return known.value or None
    trouble, found = None, ""
    try:
        found = _find(collector, full_name)
    except Later:
        return None
    except Refused as refused:
        trouble = (
            f"{refused.detail} Without the right to read webhooks, failed deliveries are found by"
            " polling only."
        )
    with collector.database.writing() as session:
        session.merge(Setting(name=key, value=found, updated_at=now))
    note_trouble(collector.database, f"repos/{full_name}/hooks", trouble)
    return found or None


def _find(collector: Collector, full_name: str) -> str:
    answer = collector.github.get(
        f"{repository_path(full_name)}/hooks",
        repository=full_name,
        purpose=Purpose.WEBHOOK,
        params={"per_page": 100},
    )
    try:
        hooks = _read(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""
    ours = (h.id for h in hooks if h.active and urlsplit(h.config.url).path.endswith(_DOORS))
    number = next(ours, None)
    return "" if number is None else f"{repository_path(full_name)[1:]}/hooks/{number}"


def owner_of(hook: str) -> str:
    """Return what a hook belongs to, in words that say whom to ask as."""
    return "the GitHub App" if hook == APP else "/".join(hook.split("/")[1:3])


def note_trouble(database: Database, hook: str, words: str | None) -> None:
    """Keep why deliveries cannot be looked at, in words; None when they can."""
    name = _TROUBLE + hook
    with database.reading() as session:
        known = session.get(Setting, name)
        if (known.value if known else None) == words:
            return
    with database.writing() as session:
        if words is None:
            session.execute(delete(Setting).where(Setting.name == name))
        else:
            session.merge(Setting(name=name, value=words, updated_at=clock.now()))


def list_trouble(session: Session) -> dict[str, str]:
    """Return why deliveries cannot be looked at, by hook."""
    found = select(Setting).where(Setting.name.startswith(_TROUBLE)).order_by(Setting.name)
    return {row.name.removeprefix(_TROUBLE): row.value for row in session.scalars(found)}
