"""The dashboard in the browser, as `make setup` has built it into `built/`."""
