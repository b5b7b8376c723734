"""What GitHub lets this server ask."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from pulseboard import clock
from pulseboard.api.deps import Reading
from pulseboard.api.problems import refusal
from pulseboard.api.shapes import when
from pulseboard.collect.github.budget import CredentialBudget
from pulseboard.collect.github.remaining import read_budgets

router = APIRouter(prefix="/github", tags=["settings"])


class CredentialItem(BaseModel):
    """What one token or installation of an App has left at GitHub."""

    name: str = Field(description="What it is called; never the secret.")
    limit: int | None = Field(description="Requests an hour; null when GitHub has not said yet.")
    remaining: int | None = Field(description="Requests that are left of them.")
    resets_at: str | None = Field(description="When the next hour begins.")
    paused_until: str | None = Field(description="Nothing is asked before this time.")
    reason: str | None = Field(description="Why it pauses, in words.")

    @classmethod
    def of(cls, budget: CredentialBudget) -> "CredentialItem":
        """Make the shape of what is stored."""
        return cls(
            name=budget.name,
            limit=budget.limit,
            remaining=budget.remaining,
            resets_at=when(budget.resets_at),
            paused_until=when(budget.paused_until),
            reason=budget.reason,
        )


class GitHubBudget(BaseModel):
    """What is left of GitHub's limits."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "at": "2026-01-31T10:00:00Z",
                "credentials": [
                    {
                        "name": "token", "limit": 5000, "remaining": 4312,
                        "resets_at": "2026-01-31T10:41:00Z", "paused_until": None, "reason": None,
                    }
                ],
            }
        }
    )  # fmt: skip

    at: str
    credentials: list[CredentialItem] = Field(
        description="Those that were used in the last two hours, by any process."
    )


@router.get("/budget", responses={401: refusal("Sign in first.")})
def show_budget(session: Reading) -> GitHubBudget:
    """Show how many requests GitHub still lets this server make, and until when it pauses.

    GitHub is not asked for this: it is what its last answers said, at most ten seconds old.
    """
    at = clock.now()
    found = read_budgets(session, at=at)
    return GitHubBudget(
        at=clock.to_iso(at), credentials=[CredentialItem.of(budget) for budget in found]
    )
