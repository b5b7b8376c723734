"""The guilty line against what a seasoned classifier picked: python -m tests.logs.guilty."""

import sys
from pathlib import Path
from typing import NamedTuple

from pulseboard.logs import lines
from pulseboard.logs.errors import Findings, find_errors
from pulseboard.logs.structure import find_groups
from tests.realdata import real_folder

MATCH = b"#=MATCH=# "
SOURCE = b"#=SOURCE=#"


class Verdict(NamedTuple):
    """What was picked there and what is found here, for one window of a failing job's log."""

    name: str
    marked: int
    text: str
    findings: Findings

    @property
    def is_first(self) -> bool:
        return self.findings.first is not None and self.findings.first.line == self.marked

    @property
    def is_among(self) -> bool:
        return self.marked in self.findings.errors


def judge(path: Path) -> Verdict:
    data = path.read_bytes().replace("‹".encode(), b"").replace("›".encode(), b"")
    rows = [row for row in lines.split(data) if not row.startswith(SOURCE)]
    marked = next(number for number, row in enumerate(rows, 1) if row.startswith(MATCH))
    rows[marked - 1] = rows[marked - 1].removeprefix(MATCH)
    text = lines.to_text(rows[marked - 1])
    return Verdict(path.stem, marked, text, find_errors(rows, groups=find_groups(rows)))


def judge_all() -> list[Verdict]:
    folder = real_folder("03-logs", "pytorch-log-classifier", "classify")
    return [judge(path) for path in sorted(folder.glob("*.txt"))]


def main() -> None:
    verdicts = judge_all()
    said = []
    for verdict in verdicts:
        if not verdict.is_first:
            among = "among the errors" if verdict.is_among else "not even among the errors"
            said.append(f"{verdict.name}: line {verdict.marked} is {among}: {verdict.text[:160]}")
            said.append(f"    found instead: {verdict.findings.first}")
    first = sum(verdict.is_first for verdict in verdicts)
    among = sum(verdict.is_among for verdict in verdicts)
    said.append(f"first error {first} of {len(verdicts)}, among the error lines {among}")
    sys.stdout.write("\n".join(said) + "\n")


if __name__ == "__main__":
    main()
