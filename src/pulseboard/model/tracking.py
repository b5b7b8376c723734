"""What is asked of GitHub: the repositories tracked, how far each is known, what is under way."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from pulseboard.model.base import BYTES, DURATION, INSTANT, KEY, TEXT, Base


class Feed(Base):
    """A tracked repository: what is asked of it, how well that goes, and how far it is known."""

    __tablename__ = "feeds"
    __table_args__ = (Index(None, "next_poll_at"),)

    repository_id: Mapped[int] = mapped_column(
        KEY,
        ForeignKey("repositories.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    # Who wants it tracked: tracking.Origin.
    origin: Mapped[str] = mapped_column(TEXT)
    tracked: Mapped[bool] = mapped_column(default=True)
    # A JSON array of workflow files; NULL is all of them.
    workflows: Mapped[str | None] = mapped_column(TEXT)
    # FeedState, with words and a next step where it is not well.
    state: Mapped[str] = mapped_column(TEXT)
    state_since: Mapped[int] = mapped_column(INSTANT)
    words: Mapped[str | None] = mapped_column(TEXT)
    next_step: Mapped[str | None] = mapped_column(TEXT)
    interval: Mapped[int] = mapped_column(DURATION)
    next_poll_at: Mapped[int] = mapped_column(INSTANT)
    # When a listing began that ended well: every run created before it is known. NULL is not yet,
    # or not since more workflows are wanted.
    polled_at: Mapped[int | None] = mapped_column(INSTANT)
    # Every run created since then is known; a backfill moves it back.
    known_from: Mapped[int | None] = mapped_column(INSTANT)
    # When all runs of the last 30 days were last looked through.
    swept_at: Mapped[int | None] = mapped_column(INSTANT)
    # Some attempts may still lack jobs.
    unchecked: Mapped[bool] = mapped_column(default=False)


class TrackedOwner(Base):
    """An account all of whose repositories are tracked, also those it will have."""

    __tablename__ = "tracked_owners"

    # In lower case.
    owner: Mapped[str] = mapped_column(TEXT, primary_key=True)
    created_at: Mapped[int] = mapped_column(INSTANT)
    looked_at: Mapped[int | None] = mapped_column(INSTANT)
    # Why its repositories could not be listed, in words.
    trouble: Mapped[str | None] = mapped_column(TEXT)


class Etag(Base):
    """The version of an answer whose content is stored; it holds for one credential only."""

    __tablename__ = "etags"
    __table_args__ = (Index(None, "seen_at"),)

    # A fingerprint, never the token.
    credential: Mapped[str] = mapped_column(TEXT, primary_key=True)
    url: Mapped[str] = mapped_column(TEXT, primary_key=True)
    etag: Mapped[str] = mapped_column(TEXT)
    seen_at: Mapped[int] = mapped_column(INSTANT)


class AttemptCheck(Base):
    """All jobs of an attempt were listed while it stood as `clock` says (model/run.py)."""

    __tablename__ = "attempt_checks"

    run_id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    attempt: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    clock: Mapped[bytes] = mapped_column(BYTES)
    checked_at: Mapped[int] = mapped_column(INSTANT)


class Poll(Base):
    """A poll that somebody asked for."""

    __tablename__ = "polls"

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    asked_at: Mapped[int] = mapped_column(INSTANT)


class PollPart(Base):
    """One repository of such a poll; `finished_at` is NULL until it is through."""

    __tablename__ = "poll_parts"

    poll_id: Mapped[int] = mapped_column(
        KEY, ForeignKey("polls.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    repository_id: Mapped[int] = mapped_column(
        KEY,
        ForeignKey("repositories.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    # FeedState as the poll left it, in words where it is not well.
    state: Mapped[str | None] = mapped_column(TEXT)
    words: Mapped[str | None] = mapped_column(TEXT)
    # Runs of which it brought news.
    runs: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[int | None] = mapped_column(INSTANT)


class Backfill(Base):
    """History of one repository being fetched, the newest first."""

    __tablename__ = "backfills"
    __table_args__ = (Index(None, "repository_id"),)

    id: Mapped[int] = mapped_column(KEY, primary_key=True)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"))
    # Runs created in [since, until); `reached` comes down from until to since.
    since: Mapped[int] = mapped_column(INSTANT)
    until: Mapped[int] = mapped_column(INSTANT)
    reached: Mapped[int] = mapped_column(INSTANT)
    # waiting, running, done, failed or stopped; a limit is a later time, not a failure.
    state: Mapped[str] = mapped_column(TEXT)
    words: Mapped[str | None] = mapped_column(TEXT)
    # Not taken up (again) before this: a limit, or somebody is at work and shows it by moving it.
    resumes_at: Mapped[int] = mapped_column(INSTANT)
    asked_at: Mapped[int] = mapped_column(INSTANT)
    started_at: Mapped[int | None] = mapped_column(INSTANT)
    finished_at: Mapped[int | None] = mapped_column(INSTANT)
    # Time spent at work, without the waiting.
    worked: Mapped[int] = mapped_column(DURATION, default=0)
    # Runs listed, how many of them had their jobs fetched, and how many still lack them.
    runs: Mapped[int] = mapped_column(default=0)
    checked: Mapped[int] = mapped_column(default=0)
    unchecked: Mapped[int] = mapped_column(default=0)


class HookDelivery(Base):
    """A webhook delivery that failed according to GitHub, and what we did about it."""

    __tablename__ = "hook_deliveries"
    __table_args__ = (Index(None, "delivered_at"),)

    guid: Mapped[str] = mapped_column(TEXT, primary_key=True)
    # Of which hook: `app`, or `repos/<owner>/<name>/hooks/<id>`.
    hook: Mapped[str] = mapped_column(TEXT)
    delivered_at: Mapped[int] = mapped_column(INSTANT)
    event: Mapped[str] = mapped_column(TEXT)
    # How it failed, in GitHub's words.
    status: Mapped[str] = mapped_column(TEXT)
    # The provider's id of the repository, where the list says it.
    repository: Mapped[str | None] = mapped_column(TEXT)
    tries: Mapped[int] = mapped_column(default=0)
    asked_at: Mapped[int | None] = mapped_column(INSTANT)
    # failed, asked, arrived or pulled.
    state: Mapped[str] = mapped_column(TEXT)


class MissedRun(Base):
    """A run that a poll found although a webhook should have told of it long before."""

    __tablename__ = "missed_runs"
    __table_args__ = (Index(None, "found_at"),)

    run_id: Mapped[int] = mapped_column(KEY, primary_key=True, autoincrement=False)
    repository_id: Mapped[int] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"))
    found_at: Mapped[int] = mapped_column(INSTANT)
