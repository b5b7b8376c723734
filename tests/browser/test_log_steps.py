"""The steps of a job lead to their lines: on a real job of GitHub's, its steps and its log."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import import_runs, running_server
from tests.browser.golden import Golden
from tests.browser.log_page import ask, footer, line, put
from tests.logs.real_steps import read_real_jobs

JOB = "Test 3.10 x64 wheels for ubuntu-latest"
REPO = "acme/real"


@pytest.fixture(scope="module")
def real_job(tmp_path_factory):
    """The address of a server with the job, its page, and what the archive says of it."""
    (job,) = (one for one in read_real_jobs() if one.name == JOB)
    began = job.steps[0].began
    folder = tmp_path_factory.mktemp("real")
    golden = Golden(began)
    run_id = golden.run(REPO, "Wheels", "success", at=began)
    golden.job(run_id, JOB, "success", repo=REPO, at=began, seconds=460)
    ends = [*(step.began for step in job.steps[1:]), began + timedelta(seconds=460)]
    golden.objects[-1]["steps"] = [
        {"number": step.number, "name": step.name, "status": "completed", "conclusion": "success",
         "started_at": step.began.isoformat(), "completed_at": end.isoformat()}
        for step, end in zip(job.steps, ends, strict=True)
    ]  # fmt: skip
    import_runs(folder, golden)
    with running_server(folder) as address:
        runs = ask(address, "GET", f"/api/v1/runs?repo={REPO}&from=2023-09-01&to=2023-10-01")
        (run,) = runs["items"]
        (kept,) = ask(address, "GET", f"/api/v1/runs/{run['id']}")["jobs"]
        put(address, kept["id"], job.log)
        yield address, f"/runs/{run['id']}/jobs/{kept['id']}", job


def test_menu_leads_to_the_first_line_of_each_step(open_page, real_job):
    address, path, job = real_job
    assert len(job.steps) == 7
    page = open_page(path, base=address)
    expect(footer(page)).to_have_text("137 lines")

    for step in job.steps:
        page.get_by_role("button", name="Steps", exact=True).click()
        label = re.compile("^" + re.escape(f"{step.number}. {step.name}"))
        item = page.get_by_role("menuitem", name=label)
        expect(item).to_contain_text("Success")
        item.click()
        first = job.first_lines[step.number]
        # Most begin with the title of a group, which is the row of its fold.
        row = line(page, first).or_(page.locator(f'[data-fold="group {first}"]'))
        expect(row).to_be_in_viewport()


def test_folded_steps_say_their_name_lines_and_time(open_page, real_job):
    address, path, job = real_job
    page = open_page(path, base=address)
    expect(footer(page)).to_be_visible()

    folds = page.locator("[data-fold^=step]")
    expect(folds).to_have_count(7)
    tests = folds.filter(has_text="Run tests on 3.10")
    expect(tests).to_contain_text("44 lines")
    expect(tests).to_contain_text("7m 26s")
    # Before the first step there are the lines in which a runner is waited for.
    expect(page.locator("[data-line]")).to_have_count(job.first_lines[1] - 1)
    tests.click()
    expect(page.locator('[data-fold="group 92"]')).to_be_visible()


def test_steps_of_the_waterfall_lead_to_their_lines(open_page, real_job):
    address, path, job = real_job
    page = open_page(path.partition("/jobs/")[0] + "?tab=waterfall", base=address)
    tree = page.get_by_role("treegrid")
    tree.get_by_role("row", name=JOB).focus()
    page.keyboard.press("ArrowRight")
    expect(tree.locator("[data-key^=step]")).to_have_count(len(job.steps))
    step = next(one for one in job.steps if one.name.startswith("Run tests"))
    row = tree.get_by_role("row", name=step.name)
    row.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{address}{path}#L{job.first_lines[step.number]}")
