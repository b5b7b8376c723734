"""What the dashboard's page brings along, so that its first words need no round trip."""

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


class Boot(BaseModel):
    """Answers of the API as they were when the page was sent; null is asked for as usual."""

    meta: Meta | None = None
    me: Me | None = None
    verdict: Verdict | None = None


def read_boot(database: Database, settings: Settings, stage: Stage, *, with_verdict: bool) -> Boot:
    """Return what the page begins with; nothing while the database cannot be read.

    The page then comes up all the same and says on its cards what is wrong.
    """
    try:
        with database.reading() as session:
            demo = not pipelines.has_real_runs(session)
            verdict = None
            if with_verdict:
                scope = pipelines.find_scope(
                    session, demo=demo, branches=(pipelines.DEFAULT_BRANCH,)
                )
                found = judge(session, scope=scope, at=clock.now())
                verdict = verdict_of(session, found, partial=list_partial(session, scope))
            return Boot(
                meta=read_meta(session, settings, stage, demo=demo),
                me=me_of(settings),
                verdict=verdict,
            )
    except Unavailable:
        return Boot()
