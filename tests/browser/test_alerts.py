"""Alerts in the browser: from a red branch to who has it, rules as sentences, channels tried out."""

import json
import re
import time

import httpx
import pytest
from playwright.sync_api import expect

from tests.alerts.sinks import http_sink
from tests.browser.conftest import running_server, settle
from tests.browser.senses import look


@pytest.fixture
def burning(tmp_path):
    """The address of a server on which CI of `web` and of `api` failed on main."""
    private = {"PULSEBOARD_ALLOW_PRIVATE_TARGETS": "127.0.0.1/32"}
    with running_server(tmp_path, settings=private) as address:
        for pipeline in ("api", "web"):
            fail(address, pipeline)
        yield address


def fail(address, pipeline, status="failure"):
    body = {"pipeline": pipeline, "status": status, "duration_sec": 7, "branch": "main"}
    assert httpx.post(f"{address}/api/events/run", json=body).is_success


def alerts(address, **query):
    return httpx.get(f"{address}/api/v1/alerts", params=query).json()


def stored(address, *, state, total):
    """Return the alerts of a state once there are so many: the page shows them before they are."""
    until = time.monotonic() + 60
    while (found := alerts(address, state=state))["total"] != total:
        assert time.monotonic() < until, found
        time.sleep(0.1)
    return found["items"]


def rows(page):
    return page.get_by_role("list", name="Alerts").get_by_role("listitem").filter(
        has=page.locator("[data-expand]")
    )  # fmt: skip


@pytest.fixture
def open_burning(open_page, burning):
    """Open a path of the burning server, and leave before it ends."""
    pages = []

    def open_(path="/alerts", **options):
        page = open_page(path, base=burning, **options)
        pages.append(page)
        return page

    yield open_
    for page in pages:
        page.context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_alerts_have_no_violation_and_fit_with_everything_open(open_burning, theme, phone):
    page = open_burning("/alerts", theme=theme, phone=phone)
    rows(page).first.locator("[data-expand]").click()
    page.get_by_role("checkbox").nth(1).check()
    check(page, "a row open and marked")
    page.get_by_role("button", name="Clear").click()
    rows(page).first.get_by_role("button", name=re.compile("^Mute")).click()
    check(page, "the menu of times")
    page.get_by_role("menuitem", name="Pick a time…").click()
    check(page, "a time of one's own")
    page.goto("/alerts/rules/new")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.get_by_role("button", name="A headline of your own").click()
    check(page, "an editor with an error")
    page.get_by_role("button", name=re.compile("^Repositories")).click()
    check(page, "a choice of repositories")
    page.keyboard.press("Escape")
    page.goto("/alerts/channels")
    page.get_by_role("button", name="Add a channel").click()
    page.get_by_role("button", name="Add and test").click()
    check(page, "a form with errors")


def check(page, what):
    settle(page)
    look(page, what)


def test_from_a_red_branch_to_acknowledged_with_the_keyboard_alone(open_burning, burning):
    page = open_burning("/")
    expect(page).to_have_title(re.compile(r"^\[DEV\] \(2\) "))
    page.keyboard.press("g")
    page.keyboard.press("a")
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(rows(page).nth(1).locator("[data-expand]")).to_be_focused()
    page.keyboard.press("a")
    expect(rows(page).nth(1)).to_contain_text("Acknowledged")
    expect(page).to_have_title(re.compile(r"^\[DEV\] \(1\) "))
    stored(burning, state="acknowledged", total=1)
    page.get_by_role("button", name="Undo").click()
    expect(rows(page).nth(1)).to_contain_text("Firing")
    expect(page).to_have_title(re.compile(r"^\[DEV\] \(2\) "))


def test_a_note_says_what_is_being_done(open_burning, burning):
    page = open_burning()
    row = rows(page).first
    page.keyboard.press("e")
    row.get_by_role("textbox", name="A note for the others").fill("rolling back")
    page.keyboard.press("Enter")
    expect(row).to_contain_text("“rolling back”")
    expect(row).to_contain_text("Acknowledged")
    (taken,) = stored(burning, state="acknowledged", total=1)
    assert taken["note"] == "rolling back"


def test_muting_shows_its_end_and_is_taken_back(open_burning, burning):
    page = open_burning("/alerts?tz=Asia/Tokyo")
    page.keyboard.press("u")
    page.get_by_role("menuitem", name="Pick a time…").press("Enter")
    page.get_by_label("Mute until").fill("2199-01-02T18:00")
    page.keyboard.press("Enter")
    row = rows(page).first
    expect(row).to_contain_text("Muted")
    expect(row).to_contain_text("until Wed 2 Jan 2199 18:00")
    (muted,) = stored(burning, state="muted", total=1)
    assert muted["muted_until"] == "2199-01-02T09:00:00Z"
    row.get_by_role("button", name="Unmute").click()
    expect(row).to_contain_text("Firing")


def test_a_time_that_is_over_is_refused_beside_its_field(open_burning, burning):
    page = open_burning()
    page.keyboard.press("u")
    page.get_by_role("menuitem", name="Pick a time…").click()
    page.get_by_label("Mute until").fill("2001-01-01T09:00")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Choose a time that is still to come.")).to_be_visible()
    assert alerts(burning, state="muted")["total"] == 0


def test_resolving_what_still_holds_asks_first(open_burning, burning):
    page = open_burning()
    rows(page).first.get_by_role("button", name="Resolve").click()
    dialog = page.get_by_role("dialog", name="Resolve this alert?")
    expect(dialog).to_contain_text(
        "The condition still holds; it will fire again at the next check (60 s)"
    )
    dialog.get_by_role("button", name="Cancel").click()
    assert alerts(burning, state="resolved")["total"] == 0
    rows(page).first.get_by_role("button", name="Resolve").click()
    dialog.get_by_role("button", name="Resolve anyway").click()
    expect(rows(page)).to_have_count(1)
    stored(burning, state="resolved", total=1)


def test_several_are_marked_and_acknowledged_together(open_burning, burning):
    page = open_burning()
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    bar = page.get_by_role("region", name="Marked alerts")
    expect(bar).to_contain_text("2 alerts marked")
    bar.get_by_role("button", name="Acknowledge").click()
    expect(bar).to_have_count(0)
    expect(page.get_by_text("2 alerts acknowledged")).to_be_visible()
    stored(burning, state="acknowledged", total=2)


def test_filters_are_in_the_address_and_can_be_cleared(open_burning):
    page = open_burning("/alerts?severity=low")
    expect(page.get_by_text("No alert passes these filters")).to_be_visible()
    page.get_by_role("button", name="Clear filters").click()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("button", name="Resolved", exact=True).click()
    expect(page).to_have_url(re.compile(r"/alerts\?state=resolved$"))
    expect(page.get_by_text("Nothing was resolved yet")).to_be_visible()


def test_a_new_alert_appears_and_leaves_by_itself(open_burning, burning):
    page = open_burning()
    fail(burning, "docs")
    expect(rows(page)).to_have_count(3)
    expect(page.locator("#live")).to_have_text(re.compile("^New alert: .*docs"))
    fail(burning, "docs", status="success")
    expect(rows(page)).to_have_count(2)


def test_the_bell_counts_and_acknowledges(open_burning):
    page = open_burning("/runs")
    page.get_by_role("button", name="Alerts: 2 firing").click()
    panel = page.get_by_role("dialog", name="Alerts: 2 firing")
    panel.get_by_role("button", name="Acknowledge").first.click()
    expect(page.get_by_role("button", name="Alerts: 1 firing")).to_be_visible()


def test_a_message_leads_to_its_alert(open_burning, burning):
    number = alerts(burning)["items"][0]["id"]
    page = open_burning(f"/alerts/{number}")
    card = page.get_by_role("region", name=f"Alert {number}", exact=True)
    expect(card).to_contain_text("The condition holds.")
    expect(card.get_by_role("link", name="The run it began with")).to_be_visible()


def test_a_rule_is_made_with_the_keyboard_alone(open_burning, burning):
    page = open_burning("/alerts/rules")
    page.get_by_role("link", name="New rule").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.type("Main keeps failing")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    expect(page.get_by_label("What is watched")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name=re.compile("^Find")).wait_for()
    page.keyboard.type("web*")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Repositories: web*")).to_be_focused()
    tried = page.get_by_role("region", name="The last 14 days")
    expect(tried).to_contain_text("This rule looks at nothing that is stored")
    page.keyboard.press("Enter")
    page.get_by_role("combobox", name=re.compile("^Find")).wait_for()
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(tried).to_contain_text("Would have fired 2 times")
    page.get_by_label("Threshold").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    expect(tried).to_contain_text("Would not have fired")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Main keeps failing")).to_be_visible()
    expect(page.get_by_text("When 2 runs in a row fail in any workflow")).to_be_visible()
    stored = httpx.get(f"{burning}/api/v1/alert-rules").json()["items"]
    (made,) = [rule for rule in stored if rule["name"] == "Main keeps failing"]
    assert (made["threshold"], made["scope"]["branches"]) == (2, ["@default"])


def test_every_part_of_a_rule_can_be_edited(open_burning, burning):
    added = {"kind": "webhook", "name": "Ops", "url": "http://127.0.0.1:9/hook"}
    httpx.post(f"{burning}/api/v1/channels", json=added).raise_for_status()
    page = open_burning("/alerts/rules/5")
    page.get_by_label("What is watched").select_option("the duration over its baseline")
    page.get_by_label("Threshold").fill("50")
    page.get_by_label("Size of the window").fill("60")
    page.get_by_label("Unit of the window").select_option("minutes")
    page.get_by_label("Checks in a row").fill("2")
    page.get_by_label("Severity").select_option("critical")
    page.get_by_label("Reminder").select_option("every 4 h")
    page.get_by_label("Passes that resolve it").fill("3")
    page.get_by_role("button", name=re.compile("^Channels")).click()
    page.get_by_role("option", name="Ops").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="A headline of your own").click()
    page.get_by_role("button", name="{workflow}").click()
    page.keyboard.type(" is slow")
    expect(page.get_by_text("CI is slow")).to_be_visible()
    page.get_by_role("switch", name="The rule is on").click()
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_role("link", name="New rule")).to_be_visible()
    rule = httpx.get(f"{burning}/api/v1/alert-rules/5").json()
    wanted = {
        "kind": "duration", "measure": "over_baseline", "threshold": 0.5, "within_minutes": 60,
        "for_checks": 2, "severity": "critical", "reminder_minutes": 240, "clear_passes": 3,
        "channels": ["Ops"], "message": "{workflow} is slow", "enabled": True,
    }  # fmt: skip
    assert {name: rule[name] for name in wanted} == wanted


def test_what_is_wrong_with_a_rule_stands_beside_its_field(open_burning):
    page = open_burning("/alerts/rules/new", may_fail=True)
    page.get_by_role("button", name="Save rule").click()
    name = page.get_by_role("textbox", name="Name")
    expect(name).to_be_focused()
    expect(name).to_have_accessible_description("Give the rule a name.")
    name.fill("Flapping")
    page.get_by_role("button", name="Save rule").click()
    expect(name).to_have_accessible_description(re.compile("already"))
    name.fill("Something else")
    page.get_by_label("Threshold").fill("101")
    page.get_by_role("button", name="Save rule").click()
    expect(page.get_by_label("Threshold")).to_be_focused()
    expect(page.get_by_label("Threshold")).to_have_accessible_description(
        "Can never be reached: only 100 runs are looked at"
    )


def test_unsaved_changes_are_asked_about(open_burning):
    page = open_burning("/alerts/rules/3")
    page.get_by_role("textbox", name="Name").fill("Flapping badly")
    page.get_by_role("tab", name="Channels").click()
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Keep editing").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("Flapping badly")
    page.get_by_role("tab", name="Channels").click()
    dialog.get_by_role("button", name="Discard changes").click()
    expect(page.get_by_role("button", name="Add a channel")).to_be_visible()


def test_a_channel_is_added_tried_switched_off_and_deleted(open_burning, burning):
    page = open_burning("/alerts/channels")
    with http_sink() as sink:
        page.get_by_role("button", name="Add a channel").click()
        form = page.get_by_role("form", name="New channel")
        form.get_by_label("Kind").select_option("Signed webhook")
        form.get_by_label("Name").fill("Ops")
        form.get_by_label(re.compile("^URL")).fill(sink.url)
        form.get_by_label(re.compile("^Signing secret")).fill("a secret nobody sees")
        form.get_by_role("button", name="Add and test").click()
        channels = page.get_by_role("region", name="Channels")
        expect(channels).to_contain_text(re.compile(r"✓ Ops 200 in \d+ ms"))
        assert len(sink.received) == 1
        assert "a secret nobody sees" not in page.content()
        assert sink.url not in page.content()
    page.get_by_role("switch", name="Ops is on").click()
    expect(page.get_by_role("switch", name="Ops is on")).to_have_attribute("aria-checked", "false")
    page.get_by_role("button", name="Delete Ops").click()
    page.get_by_role("group", name="Delete").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nobody is told yet")).to_be_visible()
    assert httpx.get(f"{burning}/api/v1/channels").json()["items"] == []


def test_a_channel_that_refuses_says_what_it_answered(open_burning, burning):
    with http_sink() as sink:
        sink.says((403, {}, b"invalid_token"))
        added = {"kind": "slack", "name": "Team", "url": sink.url}
        httpx.post(f"{burning}/api/v1/channels", json=added).raise_for_status()
        page = open_burning("/alerts/channels", may_fail=True)
        test = page.get_by_role("button", name="Test Team")
        test.click()
        channels = page.get_by_role("region", name="Channels")
        expect(channels).to_contain_text(re.compile("✕ Team: .*403: invalid_token"))
        test.click()
        expect(channels).to_contain_text("tested a moment ago: try again in")


def test_a_form_says_what_it_needs(open_burning):
    page = open_burning("/alerts/channels")
    page.get_by_role("button", name="Add a channel").click()
    page.get_by_label("Kind").select_option("E-mail")
    page.get_by_role("button", name="Add and test").click()
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    expect(page.get_by_label("To", exact=True)).to_have_accessible_description("To is needed.")
    expect(page.get_by_label("Mail server")).to_have_accessible_description(
        "Mail server is needed."
    )


@pytest.mark.parametrize(
    ("path", "endpoint", "what"),
    [
        ("/alerts", "**/api/v1/alerts?*limit=100*", "the alerts"),
        ("/alerts/1", "**/api/v1/alerts/1", "the alert"),
        ("/alerts/rules", "**/api/v1/alert-rules", "the rules"),
        ("/alerts/rules/3", "**/api/v1/alert-rules", "the rule"),
        ("/alerts/channels", "**/api/v1/channels", "the channels"),
        ("/alerts/messages", "**/api/v1/alerts/notifications*", "the messages"),
    ],
)
def test_a_card_that_fails_says_so_and_recovers(open_page, path, endpoint, what):
    problem = {"title": "Broken", "detail": "The disk is full.", "status": 500, "request_id": "r1"}

    def break_it(page):
        page.route(endpoint, lambda route: route.fulfill(status=500, body=json.dumps(problem)))

    page = open_page(path, prepare=break_it, may_fail=True)
    card = page.get_by_role("group", name=f"Could not load {what}")
    expect(card).to_contain_text("The disk is full.")
    page.unroute(endpoint)
    card.get_by_role("button", name="Retry").click()
    expect(card).to_have_count(0)


def test_question_before_resolving_gives_the_focus_back(open_burning):
    page = open_burning("/alerts")
    resolve = rows(page).first.get_by_role("button", name="Resolve")
    resolve.press("Enter")
    expect(page.get_by_role("dialog", name="Resolve this alert?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(resolve).to_be_focused()
    for box in page.get_by_role("checkbox", name=re.compile("^Mark ")).all():
        box.check()
    both = page.get_by_role("region", name="Marked alerts").get_by_role("button", name="Resolve")
    both.press("Enter")
    expect(page.get_by_role("dialog", name="Resolve 2 alerts?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(both).to_be_focused()
