"""The make-believe company: its repositories, workflows, jobs and people."""

from typing import Final

from msgspec import Struct

ORGANISATION: Final = "acme"
# A host name that is reserved for examples, so that no link of the demo leads to a stranger.
HOST: Final = "https://github.example"
DEFAULT_BRANCH: Final = "main"
BOT: Final = "dependabot[bot]"


class JobShape(Struct, frozen=True):
    """A job as it usually goes; `stage` n starts when all jobs of stage n - 1 have passed."""

    name: str
    seconds: int
    stage: int = 0
    runner: str = "ubuntu-latest"
    # What the main step does; it decides the steps and what a failure looks like.
    kind: str = "test"
    # How often it fails without a reason in the code.
    flaky: float = 0.0
    # Somebody has to approve it before it may start.
    gated: bool = False


class WorkflowShape(Struct, frozen=True):
    """A workflow: when it runs and which jobs it has."""

    name: str
    file: str
    events: frozenset[str]
    jobs: tuple[JobShape, ...]
    # The UTC hour of its schedule, when it has one.
    hour: int | None = None
    # Monday is 0; None is every day.
    weekday: int | None = None
    # Chance that one run fails for a reason that a re-run does not cure.
    breaks: float = 0.012
    # A newer push on the same branch cancels the run.
    replaces: bool = True
    # Forks and bots have no secrets: their runs are skipped.
    needs_secrets: bool = False
    # In part of every season its jobs take this many times as long.
    slower: float = 1.0


class RepositoryShape(Struct, frozen=True):
    """A repository and how busy it is."""

    name: str
    changes: float
    workflows: tuple[WorkflowShape, ...]
    merge_queue: bool = False
    # The workflow and the kind of job that break when the main branch breaks.
    weak_spot: tuple[str, str] = ("CI", "test")

    @property
    def full_name(self) -> str:
        """The owner and the name."""
        return f"{ORGANISATION}/{self.name}"


_CODE: Final = frozenset({"push", "pull_request"})
_QUEUED_CODE: Final = frozenset({"push", "pull_request", "merge_group"})
_MAIN: Final = frozenset({"push"})
_PULLS: Final = frozenset({"pull_request"})
_CLOCK: Final = frozenset({"schedule"})

FLEET: Final = (
    RepositoryShape(
        name="api",
        changes=9.0,
        merge_queue=True,
        workflows=(
            WorkflowShape(
                "CI",
                "ci.yml",
                _QUEUED_CODE,
                (
                    JobShape("lint", 48, kind="lint"),
                    JobShape("test (ubuntu-latest, 3.11)", 305),
                    JobShape("test (ubuntu-latest, 3.12)", 290),
                    JobShape("test (ubuntu-latest, 3.13)", 282),
                    JobShape("test (macos-latest, 3.12)", 410, runner="macos-latest"),
                    JobShape("integration (postgres)", 345, stage=1, flaky=0.055),
                    JobShape("image / build", 150, stage=1, kind="build"),
                ),
                slower=1.42,
            ),
            WorkflowShape(
                "Deploy",
                "deploy.yml",
                _MAIN,
                (
                    JobShape("deploy / build", 130, kind="build"),
                    JobShape("deploy / staging", 75, stage=1, kind="deploy"),
                    JobShape("deploy / smoke test", 40, stage=2, flaky=0.02),
                    JobShape("deploy / production", 95, stage=3, kind="deploy"),
                ),
                replaces=False,
            ),
            WorkflowShape(
                "Nightly",
                "nightly.yml",
                _CLOCK,
                (
                    JobShape("load test", 1500, runner="self-hosted"),
                    JobShape("test (ubuntu-latest, 3.14-dev)", 350),
                    JobShape("migration rehearsal", 620),
                ),
                hour=2,
                breaks=0.12,
                replaces=False,
            ),
            WorkflowShape(
                "CodeQL",
                "codeql.yml",
                _CODE,
                (JobShape("analyze (python)", 190, kind="lint"),),
                breaks=0.004,
            ),
        ),
    ),
    RepositoryShape(
        name="web",
        changes=10.0,
        weak_spot=("CI", "build"),
        workflows=(
            WorkflowShape(
                "CI",
                "ci.yml",
                _CODE,
                (
                    JobShape("lint", 62, kind="lint"),
                    JobShape("unit (20)", 140),
                    JobShape("unit (22)", 136),
                    JobShape("build", 118, kind="build"),
                    JobShape("e2e (chrome, 1)", 330, stage=1, kind="browser", flaky=0.02),
                    JobShape("e2e (chrome, 2)", 345, stage=1, kind="browser", flaky=0.085),
                    JobShape("e2e (firefox, 1)", 380, stage=1, kind="browser", flaky=0.03),
                ),
            ),
            WorkflowShape(
                "Preview",
                "preview.yml",
                _PULLS,
                (JobShape("preview / publish", 105, kind="deploy"),),
                needs_secrets=True,
            ),
            WorkflowShape(
                "Deploy",
                "deploy.yml",
                _MAIN,
                (
                    JobShape("release / build", 125, kind="build"),
                    JobShape("release / cdn", 55, stage=1, kind="deploy"),
                ),
                replaces=False,
            ),
            WorkflowShape(
                "Lighthouse",
                "lighthouse.yml",
                _CLOCK,
                (JobShape("audit (mobile)", 160, kind="browser"), JobShape("audit (desktop)", 130)),
                hour=5,
                breaks=0.18,
            ),
        ),
    ),
    RepositoryShape(
        name="mobile",
        changes=4.0,
        weak_spot=("Build", "build"),
        workflows=(
            WorkflowShape(
                "Build",
                "build.yml",
                _CODE,
                (
                    JobShape("lint", 70, kind="lint"),
                    JobShape("build (android, debug)", 520, kind="build"),
                    JobShape("build (ios, debug)", 780, runner="macos-latest", kind="build"),
                    JobShape("ui tests (ios)", 640, stage=1, runner="macos-latest", flaky=0.07),
                ),
                slower=1.3,
            ),
            WorkflowShape(
                "Release",
                "release.yml",
                _CLOCK,
                (
                    JobShape("bundle / sign", 240, runner="macos-latest", kind="build"),
                    JobShape("bundle / upload", 85, stage=1, kind="deploy"),
                ),
                hour=18,
                weekday=3,
                breaks=0.1,
                replaces=False,
            ),
        ),
    ),
    RepositoryShape(
        name="infra",
        changes=3.0,
        weak_spot=("Plan", "terraform"),
        workflows=(
            WorkflowShape(
                "Plan",
                "plan.yml",
                _CODE,
                (
                    JobShape("plan (staging)", 84, kind="terraform"),
                    JobShape("plan (production)", 97, kind="terraform"),
                ),
                needs_secrets=True,
            ),
            WorkflowShape(
                "Apply",
                "apply.yml",
                _MAIN,
                (
                    JobShape("apply (staging)", 160, kind="terraform"),
                    JobShape("apply (production)", 210, stage=1, kind="terraform", gated=True),
                ),
                replaces=False,
            ),
        ),
    ),
    RepositoryShape(
        name="docs",
        changes=4.0,
        weak_spot=("Publish", "build"),
        workflows=(
            WorkflowShape(
                "Publish",
                "publish.yml",
                _CODE,
                (
                    JobShape("links", 35, kind="lint"),
                    JobShape("build", 52, kind="build"),
                    JobShape("publish", 24, stage=1, kind="deploy"),
                ),
                breaks=0.006,
            ),
        ),
    ),
    RepositoryShape(
        name="design-system",
        changes=3.0,
        workflows=(
            WorkflowShape(
                "CI",
                "ci.yml",
                _CODE,
                (
                    JobShape("lint", 41, kind="lint"),
                    JobShape("test (ubuntu-latest, 22)", 95),
                    JobShape("test (windows-latest, 22)", 170, runner="windows-latest"),
                    JobShape("visual", 205, stage=1, kind="browser", flaky=0.04),
                ),
            ),
        ),
    ),
)

PEOPLE: Final = (
    ("kim", "Kim Larsen"),
    ("lee", "Lee Okafor"),
    ("noor", "Noor Haddad"),
    ("sam", "Sam Whitfield"),
    ("ana", "Ana Duarte"),
    ("jonas", "Jonas Brandt"),
    ("mei", "Mei Tanaka"),
    ("priya", "Priya Raman"),
)
OUTSIDERS: Final = (("wanderer42", "A. Contributor"), ("fixit-felix", "Felix N."))
TITLES: Final = (
    "Cache the permission look-up",
    "Split the invoice worker",
    "Show totals in the sidebar",
    "Retry uploads that time out",
    "Remove the old session table",
    "Tidy up the search form",
    "Page the audit log",
    "Keep the cursor after saving",
    "Speed up the first paint",
    "Check the address before sending",
    "Drop support for the v1 export",
    "Explain the error in plain words",
    "Move the feature flags to settings",
    "Add a dark theme to the e-mails",
    "Write down how to restore a backup",
    "Handle a missing avatar",
)
UPGRADES: Final = (
    "Bump protobuf to 5.1",
    "Bump vite to 8.3",
    "Bump the actions group",
    "Bump cryptography to 50.0",
    "Bump kotlin to 2.4",
)
