"""`pulseboard worker`: background work in a process of its own."""

import signal
import sys
import threading
from contextlib import ExitStack

from pulseboard import journal
from pulseboard.alerts.starting import prepare_alerts
from pulseboard.cli.console import out
from pulseboard.cli.settings import DataFolder, open_database, read_settings
from pulseboard.cli.writing import (
    follow_environment,
    hold_locks,
    leave_at_once_if_working,
    prepare,
    renew_secrets,
)


def worker(data: DataFolder = None) -> None:
    """Poll, heal and clean up until SIGTERM or Ctrl+C, without serving anything.

    Any number of workers share one PostgreSQL; give their servers PULSEBOARD_BACKGROUND=false. On
    SQLite the server does this work itself.
    """
    from pulseboard.alerts.watch import Watch
    from pulseboard.jobs.background import Background
    from pulseboard.work import make_catalogue

    settings = read_settings(data=data)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    with ExitStack() as stack:
        hold_locks(stack, settings, command="worker")
        database = open_database(settings)
        stack.callback(database.close)
        prepare(database)
        renew_secrets(database, settings)
        follow_environment(database, settings)
        prepare_alerts(database, settings)
        journal.configure(settings.log_format, settings.log_level)
        watch = Watch(settings)
        background = Background(database, make_catalogue(settings, watch=watch))
        watch.jobs = background
        background.start()
        background.wait_until_started()
        if background.is_running:
            out.print("Working. Stop it with Ctrl+C.")
            sys.stdout.flush()
        stopping.wait()
        background.stop()
        leave_at_once_if_working(0)
