"""What the tests of reading share."""

import pytest

from tests.pipelines.past import Past


@pytest.fixture
def past(database):
    """A database with a way to fill it."""
    return Past(database)
