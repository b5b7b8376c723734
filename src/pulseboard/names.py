"""What a repository may be called: pure, and free of everything that takes long to load."""

import re
from typing import Final

_REPOSITORY: Final = re.compile(r"[A-Za-z0-9_.-]+/([A-Za-z0-9_.-]+|\*)", re.ASCII)


def is_repository(name: str) -> bool:
    """Say whether a name is an owner/name as GitHub gives them, which lead nowhere else."""
    return is_trackable(name) and not name.endswith("/*")


def is_trackable(name: str) -> bool:
    """Say whether a name is one of a repository, or owner/* for all of an account."""
    return bool(_REPOSITORY.fullmatch(name)) and is_plain_path(name)


def is_plain_path(name: str) -> bool:
    """Say whether no part of a name stands for the place it is in, or for the one above."""
    return not {".", ".."} & set(name.split("/"))
