"""Background work that was given up: what failed for good and why, and trying it once more."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from pulseboard import clock
from pulseboard.api.deps import Reading, database_of
from pulseboard.api.problems import refusal
from pulseboard.jobs import letters

router = APIRouter(tags=["screen"], prefix="/system/dead-letters")
LetterId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class DeadLetter(BaseModel):
    """A job that failed for good."""

    id: int
    job: str = Field(description="What kind of work it is.")
    about: str = Field(description="Which piece of it; empty for a schedule.")
    reason: str
    tries: int
    failed_at: str
    may_retry: bool = Field(description="A schedule tries again by itself at its next time.")

    @classmethod
    def of(cls, letter: letters.DeadLetter) -> "DeadLetter":
        """Make the shape of what is stored."""
        return cls(
            id=letter.id,
            job=letter.job_name,
            about=letter.job_id,
            reason=letter.reason,
            tries=letter.tries,
            failed_at=clock.to_iso(letter.failed_at),
            may_retry=letter.may_retry,
        )


class DeadLetterList(BaseModel):
    """Jobs that failed for good, the latest first, and how many there are in all."""

    total: int
    items: list[DeadLetter]


@router.get("", responses={401: refusal("Sign in first.")})
def list_dead_letters(
    session: Reading, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> DeadLetterList:
    """List the background work that was given up: messages, polls, logs, backfills.

    Whatever works later leaves the list by itself.
    """
    return DeadLetterList(
        total=letters.count_dead_letters(session),
        items=[DeadLetter.of(one) for one in letters.dead_letters(session, limit=limit)],
    )


@router.post(
    "/{letter_id}/retry",
    status_code=202,
    responses={
        401: refusal("Sign in first."),
        404: refusal("There is no such letter, or not any more."),
        409: refusal("It is a schedule, which tries again by itself."),
    },
)
async def retry_dead_letter(letter_id: LetterId, request: Request) -> DeadLetter:
    """Try a piece of background work once more, within seconds; a message is sent again.

    The letter is gone then; should it fail again, there is a new one.
    """
    return await run_in_threadpool(_retry, request, letter_id)


def _retry(request: Request, letter_id: int) -> DeadLetter:
    with database_of(request).writing() as session:
        letter = letters.retry_dead_letter(session, letter_id, jobs=request.app.state.jobs)
        return DeadLetter.of(letter)
