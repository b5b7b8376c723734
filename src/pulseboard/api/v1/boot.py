"""What the dashboard's page brings along, so that its first words need no round trip."""

from typing import Final

from pydantic import BaseModel

from pulseboard import clock, pipelines
from pulseboard.api.v1.meta import Me, Meta, me_of, read_meta
from pulseboard.api.v1.verdict import Verdict, verdict_of
from pulseboard.collect.stage import Stage
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.pipelines.feeds import list_partial
from pulseboard.pipelines.verdict import judge
from pulseboard.spelling import FrontPage

# Where the wall is the front page, the overview has but the second.
OVERVIEW: Final = ("/", "/overview")


class Boot(BaseModel):
    """Answers of the API as they were when the page was sent; null is asked for as usual.

    `home` is the address of the overview, for its links. `seq` is that of the last live message
    before the page was made: who follows from there on misses nothing.
    """

    seq: int
    home: str = "/"
    meta: Meta | None = None
    me: Me | None = None
    verdict: Verdict | None = None


def read_boot(database: Database, settings: Settings, stage: Stage, *, path: str, seq: int) -> Boot:
    """Return what the page of an address begins with; little while the database cannot be read.

    The page then comes up all the same and says on its cards what is wrong.
    """
    home = "/overview" if settings.front_page is FrontPage.WALL else "/"
    try:
        with database.reading() as session:
            demo = not pipelines.has_real_runs(session)
            verdict = None
            if path in OVERVIEW:
                scope = pipelines.find_scope(
                    session, demo=demo, branches=(pipelines.DEFAULT_BRANCH,)
                )
                found = judge(session, scope=scope, at=clock.now())
                verdict = verdict_of(session, found, partial=list_partial(session, scope))
            return Boot(
                seq=seq,
                home=home,
                meta=read_meta(session, settings, stage, demo=demo),
                me=me_of(settings),
                verdict=verdict,
            )
    except Unavailable:
        return Boot(seq=seq, home=home)
