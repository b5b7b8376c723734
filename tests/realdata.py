"""Where the folder of real CI data lies that some tests read, and skip without."""

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).parents[2] / "shared" / "realdata"
_EXAMPLES = Path(__file__).parent / "npm/node_modules/@octokit/webhooks-examples"


def real_folder(*parts: str) -> Path:
    """Return a folder or file of the real data, or skip the test that asks."""
    path = Path(os.environ.get("PULSEBOARD_REALDATA", _DEFAULT), *parts)
    if not path.exists():
        pytest.skip(f"no real data at {path}: set PULSEBOARD_REALDATA to its folder")
    return path


def webhook_examples() -> list[Path]:
    """Return the files of GitHub's example payloads, a dev dependency, or skip the test."""
    paths = sorted(_EXAMPLES.glob("*/index.json"))
    if not paths:
        pytest.skip("the npm package @octokit/webhooks-examples is not installed in tests/npm")
    return paths
