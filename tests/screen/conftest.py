"""The application of the API's tests serves the dashboard's too."""

from tests.api.conftest import open_shop, shop

__all__ = ["open_shop", "shop"]
