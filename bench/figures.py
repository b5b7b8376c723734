"""What a bench leaves behind: named ratios with what they should reach, on screen and as JSON."""

import json
import os
import platform
import time
from pathlib import Path
from typing import NamedTuple

RESULTS = Path(__file__).parent / "results"


class Target(NamedTuple):
    """What a figure should reach: at least or at most `bound`, better `aim`."""

    bound: float
    aim: float
    higher_is_better: bool


TARGETS = {
    "door": Target(0.85, 0.95, True),
    "durable_sqlite": Target(0.22, 0.35, True),
    "durable_postgresql": Target(0.22, 0.35, True),
    "import_sqlite": Target(0.15, 0.30, True),
    "import_postgresql": Target(0.15, 0.30, True),
    "overview_1m_sqlite": Target(0.4, 0.25, False),
    "overview_10m_sqlite": Target(0.15, 0.08, False),
    "overview_10m_postgresql": Target(0.15, 0.08, False),
    "overview_growth": Target(3, 2.1, False),
    "runs_page_growth": Target(1.5, 1.1, False),
    "run_page_growth": Target(1.5, 1.1, False),
    "logs_in_sqlite": Target(6, 12, True),
    "logs_in_postgresql": Target(6, 12, True),
    "logs_index_sqlite": Target(0.06, 0.03, False),
    "logs_index_postgresql": Target(0.15, 0.06, False),
    "logs_rare_sqlite": Target(0.02, 0.01, False),
    "logs_rare_postgresql": Target(0.05, 0.02, False),
    "logs_absent_sqlite": Target(0.02, 0.01, False),
    "logs_absent_postgresql": Target(0.05, 0.02, False),
    "logs_first50_sqlite": Target(0.15, 0.08, False),
    "logs_first50_postgresql": Target(0.25, 0.12, False),
    "logs_worst_sqlite": Target(1.5, 1.2, False),
    "logs_worst_postgresql": Target(1.5, 1.2, False),
    # Looking for work takes a second; the group wait comes on top where it is not 0.
    "alert_seconds_sqlite": Target(2, 1, False),
    "alert_seconds_postgresql": Target(2, 1, False),
    "alert_storm_messages_sqlite": Target(1, 1, False),
    "alert_storm_messages_postgresql": Target(1, 1, False),
    "fanout_1000": Target(3, 2, False),
    "idle_mb": Target(190, 150, False),
    # docs/decisions/0009 says what these are made of.
    "github_backfill_sqlite": Target(4, 2.5, False),
    "github_backfill_postgresql": Target(6, 4, False),
    "github_requests_sqlite": Target(1.1, 1.02, False),
    "github_requests_postgresql": Target(1.1, 1.02, False),
    "github_hour_quiet": Target(20, 14, False),
    # Twelve runs an hour; most answers are "not modified", which GitHub does not count.
    "github_hour_active": Target(400, 300, False),
    "github_hour_fed": Target(20, 12, False),
    # Of a run that is followed by polling: what GitHub counts.
    "github_counted_active": Target(5, 4.2, False),
    "import_1m_mb": Target(450, 300, False),
}
# A share of a budget; a machine that does other things besides takes longer.
_SHARE = Target(1, 0.5, False)


class Figures:
    """The figures of one run of the bench."""

    def __init__(self) -> None:
        self._rows: dict[str, dict[str, object]] = {}
        # Names of the figures that did not reach their bound.
        self.missed: list[str] = []
        self._began = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())

    def add(self, name: str, value: float, **measured: object) -> None:
        """Note a figure and what it was made of."""
        self._rows[name] = {"value": round(value, 4), **measured}
        target = TARGETS.get(name, _SHARE if name.startswith(("page_", "web_")) else None)
        verdict = ""
        if target is not None:
            reached = value >= target.bound if target.higher_is_better else value <= target.bound
            if not reached:
                self.missed.append(name)
            word = "at least" if target.higher_is_better else "at most"
            verdict = f"{'ok ' if reached else 'NO '} ({word} {target.bound}, aim {target.aim})"
        details = "  ".join(f"{key}={part}" for key, part in measured.items())
        print(f"{name:26} {value:9.3f}  {verdict:32} {details}", flush=True)

    def save(self) -> Path:
        """Write the figures to a file of their own."""
        RESULTS.mkdir(exist_ok=True)
        path = RESULTS / f"{self._began.replace(':', '')}.json"
        machine = {"cpus": os.cpu_count(), "python": platform.python_version()}
        body = {"at": self._began, "machine": machine, "figures": self._rows}
        path.write_text(json.dumps(body, indent=2))
        return path
