"""A process that fetches and keeps logs, and is killed at a named point of it."""

import os
import random
import signal
import sys
from contextlib import contextmanager
from itertools import cycle

from pulseboard.collect.github.log_wants import Want
from pulseboard.collect.github.logs import LogFetcher
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.logs import index
from pulseboard.logs.archive import JobName
from pulseboard.logs.keeping import Keeper

POINTS = (
    "while fetching",
    "before the file",
    "after the file",
    "after the row",
    "after the units",
    "after the commit",
    "within the blocks",
    "after the blocks",
)
# Blocks so small that a few logs make one.
SMALL, LARGE = 8, 32
WORDS = ("alpha", "Beta", "délta", "error", "::", "needle", "hay", "0x7f")


def text_of(job_id, edition):
    """The log of a job; every edition of it is another text."""
    dice = random.Random(job_id * 1000 + edition)
    rows = [" ".join(dice.choices(WORDS, k=5)) for _ in range(dice.randrange(1, 30))]
    return ("\n".join(rows) + f"\nunique-{job_id}-{edition}-x\n").encode()


def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def before(owner, name):
    setattr(owner, name, die)


def after(owner, name):
    """Put the end of the process behind what is called so."""
    inner = getattr(owner, name)

    def call(*args, **kwargs):
        inner(*args, **kwargs)
        die()

    setattr(owner, name, call)


class GitHub:
    """Hands over the edition of each job's log in two pieces."""

    def __init__(self, edition, *, dies):
        self._edition = edition
        self._dies = dies

    @contextmanager
    def open_redirect(self, path, *, repository, purpose):
        text = text_of(int(path.split("/")[-2]), self._edition)

        def pieces():
            yield text[:7]
            if self._dies:
                die()
            yield text[7:]

        yield pieces()


def arm(keeper, point):
    """Have the process end at a point, the next time it gets there."""
    if point == "before the file":
        before(keeper.store, "put")
    elif point == "after the file":
        after(keeper.store, "put")
    elif point == "after the row":
        before(index, "enter")
    elif point == "after the units":
        after(index, "enter")
    elif point == "after the commit":
        before(index, "condense")
    elif point == "within the blocks":
        after(index, "_add_block")
    elif point == "after the blocks":
        after(index, "condense")


def main(url, data, point, jobs, edition):
    index.SMALL, index.LARGE = SMALL, LARGE
    settings = load_settings(database_url=url, data=data)
    database = Database(make_engine(database_url(settings.database_url_or_default)))
    keeper = Keeper.from_settings(database, settings)
    arm(keeper, point)
    fetcher = LogFetcher(GitHub(int(edition), dies=point == "while fetching"), keeper=keeper)
    first, _, last = jobs.partition("-")
    job_ids = range(int(first), int(last or first) + 1)
    for job_id in cycle(job_ids) if point == "some time" else job_ids:
        fetcher.fetch(want_of(job_id))
        # Whoever reads it knows that everything is loaded.
        sys.stdout.write("kept\n")
        sys.stdout.flush()


def want_of(job_id):
    """The wish for the log of one job."""
    return Want(
        repository="acme/api", provider_run_id="1", attempt=1, run_is_over=False,
        jobs=[JobName(job_id, "test", None)], provider_ids={job_id: str(job_id)}, completed_at=0,
    )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
