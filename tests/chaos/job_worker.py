"""A process that only does background work of the chaos test; it is made to be killed."""

import random
import sys
import threading
import time
import uuid
from pathlib import Path

from sqlalchemy import text

from pulseboard import clock
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database
from pulseboard.jobs.background import Background
from pulseboard.jobs.port import Catalogue

TABLES = (
    "CREATE TABLE chaos_begun (job TEXT)",
    "CREATE TABLE chaos_done (job TEXT, token TEXT)",
    "CREATE TABLE chaos_ticks (tick TEXT)",
)


def make_catalogue():
    """What the chaos test has done: jobs of two steps, in two lines, and a schedule."""

    def write(context, sql, **values):
        with context.database.writing() as session:
            session.execute(text(sql), values)

    def work(context):
        write(context, "INSERT INTO chaos_begun VALUES (:job)", job=context.id)
        token = context.step("make a token", lambda: uuid.uuid4().hex)
        time.sleep(random.random() * 0.05)
        write(
            context,
            "INSERT INTO chaos_done VALUES (:job, :token)",
            job=context.id,
            token=token,
        )
        context.step("rest", lambda: time.sleep(random.random() * 0.02))

    def tick(context):
        write(context, "INSERT INTO chaos_ticks VALUES (:tick)", tick=context.id)

    catalogue = Catalogue()
    catalogue.job("work", work)
    catalogue.job("slow work", work, at_once=2)
    catalogue.schedule("tick", clock.SECOND, tick)
    return catalogue


def main(url, ready):
    """Work until killed; the file `ready` says from when on."""
    database = Database(make_engine(database_url(url)))
    background = Background(database, make_catalogue())
    background.start()
    background.wait_until_started()
    Path(ready).touch()
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
