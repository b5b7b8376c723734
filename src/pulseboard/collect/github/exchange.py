"""One question to GitHub until it is answered: as whom, when it is our turn, and again."""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urljoin, urlsplit

from pulseboard import clock
from pulseboard.collect.github.answers import Answer, Later, Purpose, Refused
from pulseboard.collect.github.budget import Budget
from pulseboard.collect.github.credentials import Credential, Credentials, Signature
from pulseboard.collect.github.verdict import (
    FOUND,
    REDIRECTS,
    Hiccup,
    Received,
    date_of,
    is_same_place,
    judge,
)
from pulseboard.collect.github.wire import Wire
from pulseboard.vocabulary import FeedState

T = TypeVar("T")

# The longest pauses before a second and a third try, in seconds.
_PAUSES: Final = (1.0, 2.0)
# A repository that was renamed twice leads from address to address.
_HOPS: Final = 3
# What one credential meets with, another may not.
_OF_THE_CREDENTIAL: Final = frozenset({
    FeedState.UNAUTHORISED, FeedState.FORBIDDEN, FeedState.MISSING_SCOPE, FeedState.NOT_FOUND,
    FeedState.LIMITED,
})  # fmt: skip


class Question(NamedTuple):
    """What is asked, about which repository, and what for."""

    url: str
    repository: str
    purpose: Purpose
    method: str = "GET"
    # A redirect to a file is the answer, too.
    wants_location: bool = False
    # It does no harm when GitHub hears it twice.
    is_repeatable: bool = True


class Asker(NamedTuple):
    """As whom a question is asked this time."""

    credential: Credential
    signature: Signature


class Exchange:
    """Everything between a question and GitHub's answer; any number of threads share it."""

    def __init__(
        self,
        base: str,
        *,
        credentials: Credentials,
        budget: Budget,
        wire: Wire,
        sleep: Callable[[float], None],
    ) -> None:
        self._base = base
        self._credentials = credentials
        self._budget = budget
        self._wire = wire
        self._sleep = sleep
        # The credential that was let in where one before it was not, by repository.
        self._let_in: dict[str, str] = {}

    def ask(self, question: Question, once: Callable[[Asker], T]) -> T:
        """Let `once` send the question and read the answer, as often and as whom it takes.

        Raises Later and Refused.
        """
        # What asks for something to be done may have been heard although nobody answered.
        for pause in _PAUSES if question.is_repeatable else ():
            try:
                return self._ask_as_anybody(question, once)
            except Hiccup:
                # Anything up to the pause: who failed together shall not come back together.
                self._sleep(random.uniform(0, pause))  # noqa: S311
        return self._ask_as_anybody(question, once)

    def _ask_as_anybody(self, question: Question, once: Callable[[Asker], T]) -> T:
        waiting = self._in_order(question)
        trouble: list[Later | Refused] = []
        while waiting:
            asked: Credential | None = None
            try:
                with self._budget.turn(
                    waiting, purpose=question.purpose, method=question.method
                ) as asked:
                    answer = _ask_as(asked, once)
            except (Later, Refused) as error:
                if asked is not None and not _is_of_the_credential(error):
                    raise
                trouble.append(error)
                # Without a turn for anybody, nobody else needs to be tried.
                waiting = [one for one in waiting if asked is not None and one.key != asked.key]
            else:
                if trouble:
                    self._let_in[question.repository] = asked.key
                return answer
        raise _least_of(trouble)

    def _in_order(self, question: Question) -> Sequence[Credential]:
        if f"{question.url}/".startswith(f"{self._base}/app/"):
            itself = self._credentials.itself()
            if itself is None:
                raise Refused(
                    FeedState.UNAUTHORISED,
                    "There is no GitHub App to ask as.",
                    next_step="Connect one in the settings, or set GITHUB_APP_ID and its key.",
                )
            return [itself]
        favourite = self._let_in.get(question.repository)
        found = self._credentials.of(question.repository)
        return sorted(found, key=lambda one: one.key != favourite)

    def read(self, question: Question, asker: Asker, headers: Mapping[str, str]) -> Answer:
        """Send a question once and read what comes back. Raises Later and Refused."""
        return judge(
            self.send(question, asker, headers),
            about=question.repository,
            has_token=asker.signature.authorization is not None,
            now=clock.now(),
        )

    def answer(self, question: Question) -> Answer:
        """Return the answer to a question, whatever it takes. Raises Later and Refused."""
        return self.ask(question, lambda asker: self.read(question, asker, {}))

    def pages(self, question: Question) -> Iterator[Answer]:
        """Yield the answer and the pages that follow it, on the same host only."""
        url: str | None = question.url
        asked = set[str]()
        # A list whose pages lead in a circle ends where it began.
        while url is not None and url not in asked:
            asked.add(url)
            answer = self.answer(question._replace(url=url))
            yield answer
            url = answer.next_url

    def send(self, question: Question, asker: Asker, headers: Mapping[str, str]) -> Received:
        """Send a question; a renamed repository is followed to where it is now, on the same host.

        Raises Hiccup and Refused.
        """
        if asker.signature.authorization is not None:
            headers = {**headers, "Authorization": asker.signature.authorization}
        url = question.url
        for _ in range(_HOPS):
            received = self._wire.send(question.method, url, headers=headers)
            self._learn(asker.credential, received)
            if not _leads_on(received, question):
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

    def _learn(self, credential: Credential, received: Received) -> None:
        self._budget.learn(credential, received)
        date = date_of(received.headers)
        if date is not None:
            credential.hear(date)


def _ask_as(credential: Credential, once: Callable[[Asker], T]) -> T:
    asker = Asker(credential, credential.sign())
    try:
        return once(asker)
    except Refused as error:
        is_stale = error.state is FeedState.UNAUTHORISED
        if not (is_stale and credential.renew(asker.signature.fingerprint)):
            raise credential.explain(error) from None
    asker = Asker(credential, credential.sign())
    try:
        return once(asker)
    except Refused as error:
        raise credential.explain(error) from None


def _least_of(trouble: Sequence[Later | Refused]) -> Later | Refused:
    """Return what is over first; only what nobody is let in for is a refusal."""
    later = [error for error in trouble if isinstance(error, Later)]
    return min(later, key=lambda error: error.until) if later else trouble[0]


def _is_of_the_credential(error: Later | Refused) -> bool:
    return error.state in _OF_THE_CREDENTIAL and not isinstance(error, Hiccup)


def _leads_on(received: Received, question: Question) -> bool:
    if question.wants_location and received.status == FOUND:
        return False
    followed = REDIRECTS if question.method == "GET" else (307, 308)
    return received.status in followed and "location" in received.headers
