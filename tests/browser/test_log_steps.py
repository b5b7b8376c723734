"""The steps of a job lead to their lines: on a real job of GitHub's, its steps and its log."""

import re
import zipfile
from datetime import datetime, timedelta

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import import_runs, running_server
from tests.browser.golden import Golden
from tests.browser.log_page import footer, line, put
from tests.realdata import real_folder

JOB = "Test 3.10 x64 wheels for ubuntu-latest"
# The archive keeps the text of each step in a file of its own; before them the runner is waited for.
WAITING = 5
REPO = "acme/real"


def read_steps(archive):
    """Return number, name, first instant and number of lines of each step that wrote something."""
    steps = []
    for path in archive.namelist():
        found = re.fullmatch(re.escape(JOB) + r"/(\d+)_(.*)\.txt", path)
        if found is not None:
            rows = archive.read(path).decode("utf-8-sig").splitlines()
            steps.append(
                (int(found[1]), found[2], datetime.fromisoformat(rows[0][:19] + "Z"), len(rows))
            )
    return sorted(steps)


@pytest.fixture(scope="module")
def real_job(tmp_path_factory):
    """The address of a server with the job, its page, and the first line of each of its steps."""
    with zipfile.ZipFile(
        real_folder("03-logs", "ghalogs-pytables-run200", "log-repacked.zip")
    ) as archive:
        steps = read_steps(archive)
        log = archive.read(f"3_{JOB}.txt")
    folder = tmp_path_factory.mktemp("real")
    began = steps[0][2]
    golden = Golden(began)
    run_id = golden.run(REPO, "Wheels", "success", at=began)
    golden.job(run_id, JOB, "success", repo=REPO, at=began, seconds=460)
    ends = [*(at for _, _, at, _ in steps[1:]), began + timedelta(seconds=460)]
    golden.objects[-1]["steps"] = [
        {"number": number, "name": name, "status": "completed", "conclusion": "success",
         "started_at": at.isoformat(), "completed_at": end.isoformat()}
        for (number, name, at, _), end in zip(steps, ends, strict=True)
    ]  # fmt: skip
    import_runs(folder, golden)
    first_lines, here = {}, WAITING + 1
    for number, name, _, rows in steps:
        first_lines[f"{number}. {name}"] = here
        here += rows
    with running_server(folder) as address:
        query = {"repo": REPO, "from": "2023-09-01", "to": "2023-10-01"}
        (run,) = httpx.get(f"{address}/api/v1/runs", params=query).json()["items"]
        (job,) = httpx.get(f"{address}/api/v1/runs/{run['id']}").json()["jobs"]
        put(address, job["id"], log)
        yield address, f"/runs/{run['id']}/jobs/{job['id']}", first_lines


def test_menu_leads_to_the_first_line_of_each_step(open_page, real_job):
    address, path, first_lines = real_job
    assert len(first_lines) == 7
    page = open_page(path, base=address)
    expect(footer(page)).to_have_text("137 lines")

    for label, number in first_lines.items():
        page.get_by_role("button", name="Go to a step").click()
        item = page.get_by_role("menuitem", name=re.compile("^" + re.escape(label)))
        expect(item).to_contain_text("Success")
        item.click()
        expect(line(page, number)).to_be_in_viewport()


def test_folded_steps_say_their_name_lines_and_time(open_page, real_job):
    address, path, _ = real_job
    page = open_page(path, base=address)
    expect(footer(page)).to_be_visible()

    folds = page.locator("[data-fold^=step]")
    expect(folds).to_have_count(7)
    tests = folds.filter(has_text="Run tests on 3.10")
    expect(tests).to_contain_text("44 lines")
    expect(tests).to_contain_text("7 min 26 s")
    expect(page.locator("[data-line]")).to_have_count(WAITING)
    tests.click()
    expect(page.locator('[data-fold="group 92"]')).to_be_visible()
