"""Where the files of deploy/ lie, and the YAML among them."""

from pathlib import Path

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def read_yaml(path: Path) -> dict:
    """Return a file with its anchors and merges resolved."""
    return YAML(typ="safe", pure=True).load(path.read_text())
