"""The application that the tests of the API start, for pages as well."""

from tests.api.conftest import open_shop, shop  # noqa: F401
