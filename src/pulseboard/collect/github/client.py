"""GitHub's REST API for whoever needs it: answers, pages, files, and requests to redeliver."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final, TypeVar
from urllib.parse import urlencode

from pulseboard import clock, outgoing
from pulseboard.collect.github.answers import NO_PARAMS, Answer, Later, Purpose, Refused
from pulseboard.collect.github.budget import Budget
from pulseboard.collect.github.credentials import Credentials
from pulseboard.collect.github.etags import EtagShelf
from pulseboard.collect.github.exchange import Asker, Exchange, Question
from pulseboard.collect.github.remaining import Remaining
from pulseboard.collect.github.verdict import hiccup, is_same_place, locate
from pulseboard.collect.github.wire import Wire
from pulseboard.outgoing import Outgoing
from pulseboard.vocabulary import FeedState

T = TypeVar("T")

# A log of a gigabyte over a slow line; the address it has at GitHub's storage lives a minute, but
# who has begun may finish.
_DOWNLOAD_SECONDS: Final = 600.0
# A 403 is not among them: so answers the store when the address is too old, and we get a new one.
_GONE: Final = frozenset({404, 410})


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
        outgoing: Outgoing,
        budget: Budget | None = None,
        remaining: Remaining | None = None,
        wire: Wire | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base = base
        self._etags = etags
        self._outgoing = outgoing
        self._wire = wire or Wire()
        self.budget = budget or Budget()
        self._exchange = Exchange(
            base, credentials=credentials, budget=self.budget, wire=self._wire, sleep=sleep
        )
        self._remaining = remaining

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
        question = Question(self._url(path, params), repository, purpose)
        return self._answer(question, is_conditional=conditional)

    def pages(
        self,
        path: str,
        *,
        repository: str,
        purpose: Purpose,
        params: Mapping[str, str | int] = NO_PARAMS,
    ) -> Iterator[Answer]:
        """Yield page after page as their Link headers lead, on the same host only."""
        question = Question(self._url(path, params), repository, purpose)
        try:
            yield from self._exchange.pages(question)
        finally:
            self._note()

    def post(self, path: str, *, repository: str, purpose: Purpose) -> Answer:
        """Ask for something to be done: only for redeliveries."""
        url = self._url(path, NO_PARAMS)
        question = Question(url, repository, purpose, method="POST", is_repeatable=False)
        return self._answer(question)

    @contextmanager
    def open_redirect(
        self, path: str, *, repository: str, purpose: Purpose
    ) -> Iterator[Iterator[bytes]]:
        """Open a file that GitHub keeps elsewhere, such as a log; give its bytes piece by piece.

        Our token is not shown where it lies. Within the block, too, Later is raised when the rest
        does not come.
        """
        url = self._url(path, NO_PARAMS)
        question = Question(url, repository, purpose, wants_location=True)
        location = self._ask(question, lambda asker: self._locate(question, asker))
        if is_same_place(location, self._base):
            # An Enterprise Server may lie in a private network and keep its files itself.
            with self._wire.open("GET", location, headers={}) as response:
                _require_file(response.status_code, about=repository)
                yield response.iter_bytes()
            return
        try:
            with self._outgoing.open("GET", location, seconds=_DOWNLOAD_SECONDS) as stream:
                _require_file(stream.status, about=repository)
                yield stream.parts
        except outgoing.Unreachable as error:
            raise Later(
                error.detail, until=clock.now() + clock.MINUTE, state=FeedState.UNREACHABLE
            ) from None
        except outgoing.Refused as error:
            raise Refused(
                FeedState.FORBIDDEN,
                f"A file of {repository} lies where this server does not go.",
                next_step=error.detail,
            ) from None

    def close(self) -> None:
        """Close all connections."""
        self._wire.close()

    def _url(self, path: str, params: Mapping[str, str | int]) -> str:
        # Sorted, so that one question has one address for its ETag.
        query = urlencode(sorted(params.items()))
        return f"{self._base}{path}{'?' if query else ''}{query}"

    def _answer(self, question: Question, *, is_conditional: bool = False) -> Answer:
        def once(asker: Asker) -> Answer:
            if not is_conditional:
                return self._exchange.read(question, asker, {})
            return self._read_if_changed(question, asker)

        return self._ask(question, once)

    def _ask(self, question: Question, once: Callable[[Asker], T]) -> T:
        has_to_wait = False
        try:
            return self._exchange.ask(question, once)
        except Later:
            # Nothing more may be asked for a long time, and meanwhile the numbers are to be true.
            has_to_wait = True
            raise
        finally:
            self._note(at_once=has_to_wait)

    def _note(self, *, at_once: bool = False) -> None:
        if self._remaining is not None:
            self._remaining.note(self.budget, at_once=at_once)

    def _read_if_changed(self, question: Question, asker: Asker) -> Answer:
        """Ask by the version we know; it is good for the very token it was given to only."""
        place = asker.signature.fingerprint, question.url
        known = self._etags.find(*place)
        headers = {} if known is None else {"If-None-Match": known}
        answer = self._exchange.read(question, asker, headers)
        if answer.not_modified and known is None:
            raise hiccup("GitHub says that nothing has changed since nothing.", now=clock.now())
        if answer.etag and not answer.not_modified:
            self._etags.keep(*place, answer.etag)
        return answer

    def _locate(self, question: Question, asker: Asker) -> str:
        return locate(
            self._exchange.send(question, asker, {}),
            about=question.repository,
            has_token=asker.signature.authorization is not None,
            now=clock.now(),
        )


def _require_file(status: int, *, about: str) -> None:
    if status in _GONE:
        raise Refused(
            FeedState.NOT_FOUND,
            f"A file of {about} is not where GitHub says that it lies (HTTP {status}).",
            next_step="GitHub may have deleted it.",
        )
    if status != 200:
        raise hiccup(f"The file's store answers with HTTP {status}.", now=clock.now())
