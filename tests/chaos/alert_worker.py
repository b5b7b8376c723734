"""A process that sends what alerts owe and is killed at a named point of it."""

import os
import signal
import sys

from pulseboard.alerts import claiming, delivery, sweeping
from pulseboard.config import load_settings
from pulseboard.db.engine import database_url, make_engine
from pulseboard.db.session import Database

POINTS = ("before the intent", "after the intent", "after the send", "after the result")


def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)


def after(function):
    """Return the function, with the end of the process behind its call."""

    def call(*args, **kwargs):
        result = function(*args, **kwargs)
        die()
        return result

    return call


def main(url, data, point):
    settings = load_settings(
        database_url=url, data=data, allow_private_targets="127.0.0.0/8", alert_group_wait_seconds=0
    )
    database = Database(make_engine(database_url(settings.database_url_or_default)))
    if point == "again":
        # Nobody else is alive, so what was left is taken up at once.
        claiming.DOUBT_AFTER = sweeping.DOUBT_AFTER = -1
    sender = delivery.Delivery(settings)
    if point == "before the intent":
        delivery.claim = die
    elif point == "after the intent":
        delivery._try = die
    elif point == "after the send":
        delivery._try = after(delivery._try)
    elif point == "after the result":
        sender.send_next = after(sender.send_next)
    sweeping.sweep(database, sender, should_stop=lambda: False)


if __name__ == "__main__":
    main(*sys.argv[1:])
