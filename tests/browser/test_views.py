"""Saved views, the palette that finds and does things, and filters that lead to a list of runs."""

import re

from playwright.sync_api import expect


def _choose(page, name):
    page.get_by_role("search", name="Filters").locator("button[aria-haspopup=menu]").click()
    page.get_by_role("menu").get_by_text(name, exact=True).click()


def test_view_is_saved_pinned_changed_and_reset(open_page, log_server):
    page = open_page("/runs?range=30d", base=log_server)
    _choose(page, "Save this view…")
    dialog = page.get_by_role("dialog", name="Save this view")
    dialog.get_by_role("textbox", name="Name").fill("A month")
    dialog.get_by_role("checkbox", name=re.compile("^Pin")).check()
    dialog.get_by_role("button", name="Save", exact=True).click()
    pinned = page.get_by_role("list", name="Pinned views").get_by_role("link", name="A month")
    expect(pinned).to_have_attribute("aria-current", "page")

    bar = page.get_by_role("search", name="Filters")
    page.get_by_role("button", name="24h").click()
    expect(bar.get_by_role("button", name=re.compile("A month.*, changed"))).to_be_visible()
    _choose(page, "Reset to “A month”")
    expect(page).to_have_url(re.compile("range=30d"))
    page.get_by_role("button", name="24h").click()
    _choose(page, "Update “A month”")
    expect(page.get_by_text("View “A month” updated")).to_be_visible()
    page.goto("/v/a-month")
    expect(page).to_have_url(re.compile(r"/runs\?range=24h$"))


def test_palette_finds_by_prefix_and_acts(open_page, keep_log, log_server):
    log = "Begin\nError: palette overflow\n"
    path, _ = keep_log("pal", log, branch="pal", triggered_by="lee")
    page = open_page("/", base=log_server)
    page.keyboard.press("Control+k")
    box = page.get_by_role("combobox", name="Search or jump to")
    options = page.get_by_role("listbox", name="Results").get_by_role("option")
    box.fill("#pal")
    expect(options.filter(has_text="pal")).to_have_count(1)
    box.fill("@lee")
    expect(options).to_have_count(1)
    expect(options).to_contain_text("lee")
    for words, action in (
        ("range", "Show the last 24 hours"),
        ("ack", "Acknowledge the top alert"),
        ("save view", "Save this view…"),
        ("slack", "Test a channel"),
        (">wall", "Open the wall"),
        ("new york", "Time zone: America/New York"),
    ):
        box.fill(words)
        expect(options.filter(has_text=action)).to_have_count(1)
    box.press("Enter")
    expect(page.get_by_role("button", name="Time zone: America/New York")).to_be_visible()
    page.keyboard.press("Control+k")
    box.fill("/palette overflow")
    expect(options).to_have_count(2)
    options.filter(has_text="Error: palette overflow").click()
    expect(page).to_have_url(re.compile(rf"{re.escape(path)}#L2"))


def test_job_under_the_address_of_another_run_goes_to_its_own(open_page, keep_log, log_server):
    own, job = keep_log("own", "One\nTwo\n")
    other, _ = keep_log("other", "One\n")
    page = open_page(f"{other.partition('/jobs/')[0]}/jobs/{job}", base=log_server)
    expect(page).to_have_url(re.compile(f"{own}$"))
    expect(page.locator("main").get_by_role("link", name="own", exact=True)).to_be_visible()


def test_filters_of_runs_are_on_every_page_and_lead_to_the_list(open_page, log_server):
    page = open_page("/grid?range=30d", base=log_server)
    page.get_by_role("button", name="Filter", exact=True).click()
    page.get_by_role("menuitem", name="Commit").click()
    page.get_by_role("textbox", name="Commit").fill("0123456")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"/runs\?range=30d&commit=0123456"))
