"""What the log of a failed job says: groups, colours, timestamps and the error itself."""

from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from pulseboard.clock import SECOND, to_iso
from pulseboard.collect.simulator.steps import StepPlan, main_step

_RED: Final = "\x1b[31m"
_GREEN: Final = "\x1b[32m"
_CYAN: Final = "\x1b[36;1m"
_BOLD: Final = "\x1b[1m"
_OFF: Final = "\x1b[0m"
_NOISE: Final = (
    "Downloading packages from the cache",
    "Resolved 214 packages in 1.2s",
    "warning: a peer dependency is missing, going on",
    "Using the cached index",
    "Linked 1,204 files",
)
_COMMANDS: Final = {
    "lint": "make lint",
    "test": "python -m pytest -q --maxfail=5",
    "build": "npm run build",
    "browser": "npx playwright test",
    "deploy": "./bin/roll-out --wait",
    "terraform": "terraform plan -input=false",
}
_ERRORS: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    "lint": (
        (
            "src/billing/invoice.py:88:5: F841 'total' is assigned to but never used",
            f"{_RED}Found 1 error.{_OFF}",
        ),
        (
            f"{_BOLD}src/search/Form.tsx{_OFF}",
            f"  41:7  {_RED}error{_OFF}  'query' never changes: use 'const'",
        ),
    ),
    "test": (
        (
            "________________________ test_invoice_rounds_half_even ________________________",
            f"{_RED}E       AssertionError: assert Decimal('10.12') == Decimal('10.13'){_OFF}",
            "tests/billing/test_invoice.py:57: AssertionError",
            f"{_RED}FAILED{_OFF} tests/billing/test_invoice.py::test_invoice_rounds_half_even",
        ),
        (
            "tests/test_sessions.py:12: in <module>",
            f"{_RED}E   ImportError: cannot import name 'SessionStore' from 'acme.sessions'{_OFF}",
            f"{_RED}ERROR{_OFF} tests/test_sessions.py",
        ),
    ),
    "build": (
        (
            f"{_RED}error{_OFF} TS2339: Property 'avatar' does not exist on type 'Person'.",
            "  src/people/Card.tsx:23:31",
        ),
        (f"{_RED}error:{_OFF} cannot find symbol: class LedgerEntry", "1 error"),
    ),
    "browser": (
        (
            f"  {_RED}1) [chrome] › checkout.spec.ts:31:3 › pays with a saved card{_OFF}",
            "    Error: expect(locator).toBeVisible() failed",
            "    Locator: getByRole('button', { name: 'Pay now' })",
        ),
    ),
    "deploy": (
        (f"{_RED}Error:{_OFF} the rollout is not ready: 1 of 3 pods is in CrashLoopBackOff",),
    ),
    "terraform": (
        (
            f"{_RED}│ Error:{_OFF} Invalid value for variable",
            "│   on network.tf line 14: cidr_block must be a valid range",
        ),
    ),
}
_FLAKES: Final = (
    (
        f"{_RED}E   TimeoutError: the page was not ready after 30000 ms{_OFF}",
        f"{_RED}FAILED{_OFF} after 1 retry",
    ),
    (
        f"{_RED}E   ConnectionRefusedError: [Errno 111] connect to 127.0.0.1:5432{_OFF}",
        "the database was not up yet",
    ),
)
_INFRA: Final = (
    "The runner has received a shutdown signal. This can happen when the machine is taken away.",
    "No space left on device",
)


def error_log(dice: Random, *, kind: str, mishap: str, steps: Sequence[StepPlan]) -> str:
    """Write the log of a job that failed, each step in its own time, one timestamp a line."""
    return "".join(
        f"{stamp} {line}\n"
        for step in steps
        if step.completed > step.started
        for stamp, line in _stamped(_lines_of(dice, step, kind, mishap), step)
    )


def _lines_of(dice: Random, step: StepPlan, kind: str, mishap: str) -> list[str]:
    if step.number == 1:
        version = f"2026{dice.randrange(10, 13)}{dice.randrange(10, 28)}.1"
        return ["##[group]Runner", "Image: ubuntu-24.04", f"Version: {version}", "##[endgroup]"]
    if step.name != main_step(kind):
        return [f"##[group]{_announced(step.name)}", "##[endgroup]", *dice.sample(_NOISE, 2)]
    return [
        f"##[group]Run {_COMMANDS[kind]}",
        f"{_CYAN}{_COMMANDS[kind]}{_OFF}",
        "##[endgroup]",
        *(f"{_GREEN}ok{_OFF} part {n} of {n + 3}" for n in range(1, dice.randrange(4, 14))),
        *_what_went_wrong(dice, kind, mishap),
    ]


def _announced(name: str) -> str:
    return name if name.startswith("Run ") else f"Run {name.lower()}"


def _stamped(said: Sequence[str], step: StepPlan) -> Iterator[tuple[str, str]]:
    width = (step.completed - step.started) * SECOND // len(said)
    for number, line in enumerate(said):
        yield _stamp(step.started * SECOND + number * width), line


def _what_went_wrong(dice: Random, kind: str, mishap: str) -> list[str]:
    if mishap == "infra":
        return [f"##[error]{dice.choice(_INFRA)}"]
    if mishap == "timeout":
        return [
            f"still in {main_step(kind)!r} …",
            "##[error]The job has exceeded the maximum execution time of 20m0s",
        ]
    said = dice.choice(_FLAKES) if mishap == "flaky" else dice.choice(_ERRORS[kind])
    return [*said, "##[error]Process completed with exit code 1."]


def _stamp(instant: int) -> str:
    # The source writes seven digits whatever the instant.
    return f"{to_iso(instant // SECOND * SECOND)[:-1]}.{instant % SECOND:06d}0Z"
