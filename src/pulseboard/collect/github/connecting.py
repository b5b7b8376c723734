"""Putting the client of GitHub together from the settings and what the vault holds."""

import time
from collections.abc import Callable, Iterable
from typing import Final

from pulseboard.collect.github.answers import Answer, Purpose
from pulseboard.collect.github.app import AppKey, get_app_key
from pulseboard.collect.github.auth import AppItself, AskAsApp, Installations
from pulseboard.collect.github.budget import Budget
from pulseboard.collect.github.client import GitHub
from pulseboard.collect.github.credentials import Only, OwnTokens, Tokens
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.exchange import Exchange, Question
from pulseboard.collect.github.keys import get_token
from pulseboard.collect.github.remaining import Remaining
from pulseboard.collect.github.wire import Wire
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.outgoing import Outgoing

_APP: Final = "the GitHub App"


def connect(
    settings: Settings,
    *,
    database: Database,
    etags: EtagShelf,
    budget: Budget | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> GitHub:
    """Return the client that these settings ask for; nothing is sent yet.

    An App that is made while the process runs is found within seconds.
    """
    base, wire, spent = settings.github_api_url, Wire(), budget or Budget()

    def find_key() -> AppKey | None:
        with database.reading() as session:
            return get_app_key(session, settings)

    def asker(itself: AppItself) -> AskAsApp:
        exchange = Exchange(base, credentials=Only(itself), budget=spent, wire=wire, sleep=sleep)
        return lambda method, path: _ask(exchange, method, base + path)

    def find_token(repository: str) -> str | None:
        with database.reading() as session:
            return get_token(session, settings, repository)

    shared = Installations(find_key, others=Tokens.of_settings(settings), asker=asker)
    return GitHub(
        base,
        credentials=OwnTokens(find_token, others=shared),
        etags=etags,
        outgoing=Outgoing.of(settings),
        budget=spent,
        remaining=Remaining(database),
        wire=wire,
        sleep=sleep,
    )


def _ask(exchange: Exchange, method: str, url: str) -> Iterable[Answer]:
    # Whoever is served only after this has come is as urgent as it gets.
    question = Question(url, _APP, Purpose.ALERT, method=method)
    return exchange.pages(question)
