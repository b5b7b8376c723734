"""Server-rendered pages, without a front-end framework."""
