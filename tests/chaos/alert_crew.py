"""A process that takes runs in and sends what their alerts owe, over and over, until it is killed.

It is what a server or a worker does about alerts, with shorter waits: after a kill a send is in
doubt for two seconds instead of forty-five, so that a test need not take minutes. On a machine so
busy that a living process takes longer for a send, PULSEBOARD_TEST_DOUBT_SECONDS is to be raised.
"""

import os
import sys
import threading
import time
from itertools import count
from pathlib import Path

from pulseboard import clock, work
from pulseboard.alerts import claiming, message, sweeping
from pulseboard.alerts.channels import slack
from pulseboard.alerts.watch import Watch
from pulseboard.collect.groupcommit import commit
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.errors import Unavailable
from pulseboard.jobs.background import Background
from pulseboard.jobs.port import Catalogue
from tests.alerts.conftest import run
from tests.factories import envelope

# How many repositories later one that broke is mended.
MENDED_AFTER = 15
DOUBT_SECONDS = int(os.environ.get("PULSEBOARD_TEST_DOUBT_SECONDS", "2"))


def take_in(database, watch, share, log):
    """Break one repository after the other and mend it later; `log` names what was committed.

    After a kill it goes on behind the last one that was acknowledged, so some come twice.
    """
    done = sum(1 for line in log.read_text().splitlines() if line) if log.exists() else 0
    for number in count(done):
        runs = [run(1, repo=f"crew/{share}-{number}")]
        if number >= MENDED_AFTER:
            runs.append(run(2, "success", repo=f"crew/{share}-{number - MENDED_AFTER}"))
        told = [envelope(runs=[each], guid=f"{share} {number} {each.conclusion}") for each in runs]
        while True:
            try:
                commit(database, told, reactions=[watch])
                break
            except Unavailable:
                time.sleep(0.1)
        with log.open("a") as file:
            file.write(f"crew/{share}-{number}\n")
        time.sleep(0.03)


def main(url, data, share, log, ready):
    """Work until killed; without a share only what is owed is sent."""
    claiming.DOUBT_AFTER = sweeping.DOUBT_AFTER = DOUBT_SECONDS * clock.SECOND
    work._SWEEP_EVERY = clock.SECOND
    # Everything is told by name, so that the test can count.
    message.MAX_LISTED = slack._MAX_BLOCKS = 10_000
    settings = load_settings(
        database_url=url, data=data, allow_private_targets="127.0.0.0/8", alert_group_wait_seconds=0
    )
    database = Database(make_engine(database_url(settings.database_url_or_default)))
    watch, catalogue = Watch(settings), Catalogue()
    work._add_alerts(catalogue, settings, watch)
    background = Background(database, catalogue)
    watch.jobs = background
    background.start()
    background.wait_until_started()
    Path(ready).touch()
    if share:
        take_in(database, watch, share, Path(log))
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
