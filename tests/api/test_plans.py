"""No page reads a whole table of runs, jobs or deliveries, however it is filtered."""

import re
import sqlite3

import pytest
from sqlalchemy import Engine, event

from tests.api.conftest import ago

PAGES = [
    "/api/runs",
    "/api/runs?branch=main",
    "/api/runs?workflow=CI&status=failure",
    "/api/runs?repo=acme/api&from={day}",
    "/api/filters",
    "/api/metrics",
    "/api/metrics?group_by=hour&tz=Asia/Kathmandu",
    "/api/metrics?repo=acme/api&workflow=CI",
    "/api/metrics?branch=main",
    "/api/metrics/summary",
    "/api/v1/repos",
    "/api/v1/repos/acme/api/workflows",
    "/api/v1/repos/acme/api/runs?status=failure",
    "/api/v1/runs",
    "/api/v1/runs?branch=@default",
    "/api/v1/runs?branch=fix&status=failure",
    "/api/v1/runs/1",
    "/api/v1/runs/1001",
    "/api/v1/runs/1/raw",
    "/api/v1/metrics?window=24h",
    "/api/v1/overview/kpis",
    "/api/v1/series/outcomes",
    "/api/v1/series/duration?branch=fix",
    "/api/v1/facets?field=branch",
    "/api/v1/meta",
    "/health",
    "/metrics",
    "/",
]
_WHOLE = re.compile(r"^SCAN (runs|run|x|jobs|j|steps|deliveries|d)\b(?!.*INDEX)")


@pytest.fixture
def stocked(shop):
    for number in range(1, 9):
        shop.deliver(
            id=1000 + number,
            number=number,
            conclusion="failure" if number % 3 == 0 else "success",
            branch="main" if number % 2 else "fix",
            created=ago(hours=number),
        )
        shop.deliver_job(id=500 + number, run_id=1000 + number)
    return shop


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("database_address", ["sqlite"], indirect=True)
def test_page_finds_its_rows_by_an_index(stocked, database_address, page):
    asked = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        answer = stocked.get(page.format(day=ago(hours=24)))
    finally:
        event.remove(Engine, "before_cursor_execute", note)

    assert answer.status_code == 200, answer.text
    queries = [
        (sql, values) for sql, values in asked if sql.lstrip().startswith(("SELECT", "WITH"))
    ]
    assert queries
    plans = sqlite3.connect(database_address.removeprefix("sqlite:///"))
    for sql, values in queries:
        for row in plans.execute(f"EXPLAIN QUERY PLAN {sql}", values):
            assert not _WHOLE.match(row[3]), (row[3], sql)
    plans.close()
