"""Asking GitHub: signed, within its limits, again when it stumbles, and never at another host."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

from pulseboard import clock
from pulseboard.collect.github.answers import NO_PARAMS, Answer, Purpose, Refused
from pulseboard.collect.github.credentials import Credentials, Signature, Tokens
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.verdict import (
    REDIRECTS,
    Hiccup,
    Received,
    hiccup,
    is_same_place,
    judge,
)
from pulseboard.collect.github.wire import Wire
from pulseboard.config import Settings
from pulseboard.db.session import Database
from pulseboard.vocabulary import FeedState

# The longest pauses before a second and a third try, in seconds.
_PAUSES: Final = (1.0, 2.0)
# A repository that was renamed twice leads from address to address.
_HOPS: Final = 3


class _Question(NamedTuple):
    """What is asked, about which repository, and what for."""

    url: str
    repository: str
    purpose: Purpose
    method: str = "GET"
    is_conditional: bool = False


class GitHub:
    """GitHub's REST API as whoever this server may ask as; any number of threads may ask at once.

    Raises Later and Refused from every call, as `answers.Asks` promises.
    """

    def __init__(
        self,
        base: str,
        *,
        credentials: Credentials,
        etags: EtagShelf,
        wire: Wire | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = base
        self._credentials = credentials
        self._etags = etags
        self._wire = wire or Wire()
        self._sleep = sleep

    def get(
        self,
        path: str,
        *,
        repository: str,
        purpose: Purpose,
        params: Mapping[str, str | int] = NO_PARAMS,
        conditional: bool = False,
    ) -> Answer:
        """Return one answer; a conditional one may say that nothing has changed."""
        url = self._url(path, params)
        return self._ask(_Question(url, repository, purpose, is_conditional=conditional))

    def pages(
        self,
        path: str,
        *,
        repository: str,
        purpose: Purpose,
        params: Mapping[str, str | int] = NO_PARAMS,
    ) -> Iterator[Answer]:
        """Yield page after page as their Link headers lead, on the same host only."""
        url: str | None = self._url(path, params)
        asked = set[str]()
        # A list whose pages lead in a circle ends where it began.
        while url is not None and url not in asked:
            asked.add(url)
            answer = self._ask(_Question(url, repository, purpose))
            yield answer
            url = answer.next_url

    def post(self, path: str, *, repository: str, purpose: Purpose) -> Answer:
        """Ask for something to be done: only for redeliveries."""
        url = self._url(path, NO_PARAMS)
        return self._ask(_Question(url, repository, purpose, method="POST"))

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def _url(self, path: str, params: Mapping[str, str | int]) -> str:
        # Sorted, so that one question has one address for its ETag.
        query = urlencode(sorted(params.items()))
        return f"{self._base}{path}{'?' if query else ''}{query}"

    def _ask(self, question: _Question) -> Answer:
        # What asks for something to be done might have been heard.
        for pause in _PAUSES if question.method == "GET" else ():
            try:
                return self._ask_once(question)
            except Hiccup:
                # Anything up to the pause: who failed together shall not come back together.
                self._sleep(random.uniform(0, pause))  # noqa: S311
        return self._ask_once(question)

    def _ask_once(self, question: _Question) -> Answer:
        credential = self._credentials.of(question.repository)[0]
        signature = credential.sign()
        try:
            return self._ask_as(signature, question)
        except Refused as error:
            is_stale = error.state is FeedState.UNAUTHORISED
            if not (is_stale and credential.renew(signature.fingerprint)):
                raise
        return self._ask_as(credential.sign(), question)

    def _ask_as(self, signature: Signature, question: _Question) -> Answer:
        """Ask once; an ETag is good for the very token it was given to only."""
        headers = {}
        if signature.authorization is not None:
            headers["Authorization"] = signature.authorization
        place = signature.fingerprint, question.url
        known = self._etags.find(*place) if question.is_conditional else None
        if known is not None:
            headers["If-None-Match"] = known
        answer = judge(
            self._follow(question, headers),
            about=question.repository,
            has_token=signature.authorization is not None,
            now=clock.now(),
        )
        if answer.not_modified and known is None:
            raise hiccup("GitHub says that nothing has changed since nothing.", now=clock.now())
        if question.is_conditional and answer.etag and not answer.not_modified:
            self._etags.keep(*place, answer.etag)
        return answer

    def _follow(self, question: _Question, headers: Mapping[str, str]) -> Received:
        """Send, and follow where a renamed repository has moved to, at the same place only."""
        url = question.url
        for _ in range(_HOPS):
            received = self._wire.send(question.method, url, headers=headers)
            if not _leads_on(received, question.method):
                return received
            url = urljoin(url, received.headers["location"])
            if not is_same_place(url, self._base):
                raise Refused(
                    FeedState.MOVED,
                    f"GitHub says that {question.repository} lies at another server,"
                    f" {urlsplit(url).hostname}, which is not asked with this server's token.",
                    next_step="If that is where it should be asked for, set GITHUB_API_URL to it.",
                )
        raise Refused(
            FeedState.MOVED,
            f"GitHub leads from one address to the next for {question.repository}.",
            next_step="Look at GitHub for its present name and track that.",
        )


def _leads_on(received: Received, method: str) -> bool:
    followed = REDIRECTS if method == "GET" else (307, 308)
    return received.status in followed and "location" in received.headers


def connect(
    settings: Settings,
    *,
    database: Database,  # noqa: ARG001  # The credentials of an App will lie there.
    etags: EtagShelf,
) -> GitHub:
    """Return the client that these settings ask for; nothing is sent yet."""
    return GitHub(settings.github_api_url, credentials=Tokens.of_settings(settings), etags=etags)
