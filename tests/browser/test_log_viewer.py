"""The log viewer follows what grows, folds what was written over, copies clean text, takes keys."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.log_page import footer, line, put
from tests.browser.senses import look

STAMP = "2026-01-01T12:00:00.0000000Z"


def clipboard(page):
    return page.evaluate("navigator.clipboard.readText()")


def test_growing_log_is_followed_until_one_scrolls_back(open_page, log_server, keep_log):
    log = "".join(f"line {number}\n" for number in range(1, 201))
    path, job_id = keep_log("grows", log, status="running")
    page = open_page(path, base=log_server)
    expect(line(page, 200)).to_be_in_viewport()
    expect(page.get_by_text("Following, 200 lines")).to_be_visible()

    log += "line 201\nline 202 not ended"
    put(log_server, job_id, log)
    expect(line(page, 202)).to_have_text("202line 202 not ended")
    expect(line(page, 202)).to_be_in_viewport()
    log += " yet\nline 203\n"
    put(log_server, job_id, log)
    expect(line(page, 202)).to_have_text("202line 202 not ended yet")
    expect(line(page, 203)).to_be_in_viewport()

    page.get_by_role("region", name="Log of job").hover()
    page.mouse.wheel(0, -2000)
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    put(log_server, job_id, log + "line 204\nline 205\n")
    page.get_by_role("button", name="2 new lines").click()
    expect(line(page, 205)).to_be_in_viewport()
    expect(page.get_by_text("Following, 205 lines")).to_be_visible()


def test_much_that_is_appended_is_fetched(open_page, log_server, keep_log):
    log = "".join(f"line {number}\n" for number in range(1, 101))
    path, job_id = keep_log("leaps", log, status="running")
    page = open_page(path, base=log_server)
    expect(page.get_by_text("Following, 100 lines")).to_be_visible()

    put(log_server, job_id, log + "".join(f"more {number}\n" for number in range(101, 3001)))
    expect(line(page, 3000)).to_contain_text("more 3000")
    page.get_by_role("searchbox").fill("more 2999")
    expect(page.get_by_text("1 match", exact=True)).to_be_visible()


def test_phone_keeps_the_end_of_a_large_log_and_shows_the_rest(open_page, log_server, keep_log):
    rows = [f"line {number} " + "of a very long log " * 5 for number in range(1, 100_001)]
    rows[4] = "a needle at the beginning"
    path, _ = keep_log("large", "\n".join(rows), status="success")
    page = open_page(path, base=log_server, phone=True)
    expect(line(page, 5)).to_contain_text("a needle at the beginning")
    expect(page.get_by_text("This log is very large: the first")).to_be_visible()
    expect(footer(page)).to_be_visible()

    page.get_by_role("searchbox").fill("needle")
    expect(page.get_by_text("0 matches")).to_be_visible()
    page.evaluate("window.location.hash = '#L99999'")
    expect(line(page, 99_999)).to_contain_text("line 99999 of a very long log")
    page.get_by_role("button", name="Load them").click()
    expect(page.get_by_text("1 match", exact=True)).to_be_visible()
    expect(page.get_by_text("This log is very large")).to_have_count(0)


def test_another_text_takes_the_place_of_the_first(open_page, log_server, keep_log):
    path, job_id = keep_log("anew", "one\ntwo\n", status="running")
    page = open_page(path, base=log_server)
    expect(line(page, 2)).to_contain_text("two")

    put(log_server, job_id, "three\n")
    expect(line(page, 1)).to_contain_text("three")
    expect(line(page, 2)).to_have_count(0)


def test_what_a_progress_bar_wrote_is_folded_into_its_last_state(open_page, log_server, keep_log):
    path, _ = keep_log("bar", "start\n 10 %\r 50 %\r100 %\nend\n", status="success")
    page = open_page(path, base=log_server)

    expect(line(page, 4)).to_contain_text("100 %")
    expect(line(page, 2)).to_have_count(0)
    page.get_by_role("button", name="2 updates").click()
    expect(line(page, 2)).to_contain_text("10 %")
    page.get_by_role("button", name="2 updates").click()
    page.get_by_role("searchbox").fill("50 %")
    page.keyboard.press("Enter")
    expect(line(page, 3).locator("mark")).to_have_text("50 %")


def test_copied_lines_are_clean(open_page, log_server, keep_log):
    rows = [f"{STAMP} \x1b[32mrow {number}\x1b[0m" for number in range(1, 400)]
    path, _ = keep_log("copied", "\n".join(rows), status="success")
    page = open_page(path + "#L2-L4", base=log_server)
    expect(footer(page).or_(page.get_by_text("Lines 2–4"))).to_be_visible()

    page.get_by_role("button", name="Copy text").click()
    expect(page.get_by_text("Text copied").first).to_be_visible()
    assert clipboard(page) == "row 2\nrow 3\nrow 4"
    page.evaluate(
        """() => {
          const words = (line) => document.querySelector(`[data-line="${line}"] [data-text]`);
          const node = (line) => document.createTreeWalker(words(line), 4).nextNode();
          getSelection().setBaseAndExtent(node(5), 2, node(7), 3);
        }"""
    )
    page.keyboard.press("Control+c")
    assert clipboard(page) == "w 5\nrow 6\nrow"


def test_keys_choose_lines_fold_wrap_and_search(open_page, log_server, keep_log):
    groups = [f"##[group]Part {part}\n" + "text\n" * 30 + "##[endgroup]\n" for part in range(4)]
    path, _ = keep_log("keys", "".join(groups) + "ValueError: bad\n")
    page = open_page(path, base=log_server)
    region = page.get_by_role("region", name="Log of job")
    region.focus()

    page.keyboard.press("ArrowDown")
    expect(page).to_have_url(re.compile("#L33$"))
    page.keyboard.press("ArrowUp")
    expect(page).to_have_url(re.compile("#L32$"))
    expect(line(page, 32)).to_be_visible()
    page.keyboard.press("Shift+ArrowDown")
    expect(page).to_have_url(re.compile("#L32-L33$"))
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/\d+#?$"))
    page.keyboard.press("Shift+Z")
    expect(line(page, 32)).to_have_count(0)
    page.keyboard.press("g")
    page.keyboard.press("g")
    expect(page.locator('[data-fold="group 1"]')).to_be_in_viewport()
    page.keyboard.press("Shift+G")
    expect(page.get_by_text("ValueError: bad").last).to_be_in_viewport()
    page.keyboard.press("w")
    expect(page.get_by_role("button", name="Wrap")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Control+f")
    expect(page.get_by_role("searchbox")).to_be_focused()
    # Pressed once more it is the browser's own.
    assert page.evaluate(
        """() => {
          const key = new KeyboardEvent('keydown', {key: 'f', ctrlKey: true, bubbles: true,
            cancelable: true});
          document.activeElement.dispatchEvent(key);
          return key.defaultPrevented;
        }"""
    ) is False  # fmt: skip


def test_pattern_without_an_end_is_given_up(open_page, log_server, keep_log):
    path, _ = keep_log("catastrophe", "a" * 40 + "!\n" + "fine\n" * 10)
    page = open_page(path, base=log_server)

    page.get_by_role("button", name="Regular expression").click()
    page.get_by_role("searchbox").fill("(a+)+$")
    expect(page.get_by_text("This pattern takes too long")).to_be_visible()
    page.get_by_role("searchbox").fill("f.ne$")
    expect(page.get_by_text("10 matches")).to_be_visible()


def test_time_of_a_line_is_in_the_chosen_zone(open_page, log_server, keep_log):
    path, _ = keep_log("time", f"{STAMP} hello\n", status="success")
    page = open_page(path, base=log_server)

    expect(line(page, 1)).to_have_text("1hello")
    page.get_by_role("button", name="Time", exact=True).click()
    expect(line(page, 1)).to_have_text("113:00:00hello")


def test_only_new_lines_are_left_beside_the_last_green_log(open_page, log_server, keep_log):
    same = "".join(f"{STAMP} step {word} took 3 s\n" for word in "abcdefgh")
    keep_log("green", same, status="success", workflow="novel")
    path, _ = keep_log("red", same.replace("3 s", "12 s") + "ImportError: new\n", workflow="novel")
    page = open_page(path, base=log_server)
    expect(line(page, 1)).to_be_visible()

    page.keyboard.press("m")
    expect(page.get_by_text("1 line not in the last green log of this job")).to_be_visible()
    expect(line(page, 9)).to_be_visible()
    page.get_by_role("button", name=re.compile("as in the last green log")).click()
    expect(line(page, 3)).to_be_visible()


def hostile():
    return b"\n".join(
        [
            b"<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>",
            b"\x1b]0;owned\x07title \x1b]8;;javascript:window.hacked=3\x07click\x1b]8;;\x07",
            "user \u202egnp.exe\u202c".encode(),
            b"bad \xff\xfe utf-8",
            b"long " + b"x" * 100_000,
            b"\x00\x01\x02 binary \x9b31m",
            b"\x1b[38;2;255;255;0myellow\x1b[0m \x1b[97mwhite\x1b[0m \x1b[30mblack\x1b[0m",
            b"\x1b[2J\x1b[1;1Hgone \x1b[?25l",
            b"ValueError: <b>bold</b> & more",
        ]
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_hostile_log_is_shown_and_does_nothing(open_page, log_server, keep_log, theme, phone):
    path, _ = keep_log("hostile", hostile())
    page = open_page(path, base=log_server, theme=theme, phone=phone)
    expect(line(page, 9)).to_contain_text("ValueError: <b>bold</b> & more")

    expect(line(page, 1)).to_contain_text("<script>window.hacked = 1</script><img src=x")
    expect(line(page, 2).locator("[data-text]")).to_have_text("title click")
    expect(line(page, 2).locator("[data-text] a")).to_have_count(0)
    expect(line(page, 3)).to_contain_text("user <U+202E>gnp.exe<U+202C>")
    expect(line(page, 4)).to_contain_text("bad \ufffd\ufffd utf-8")
    expect(line(page, 5)).to_contain_text("the rest of this line is in the download")
    expect(line(page, 8)).to_contain_text("gone")
    assert page.evaluate("window.hacked") is None
    assert "owned" not in page.title()
    look(page, "a hostile log")


def test_line_that_a_log_does_not_have_is_said_not_to_be_there(open_page, log_server, keep_log):
    path, _ = keep_log("short", "one\ntwo\n")
    page = open_page(f"{path}#L9000", base=log_server)
    told = "There is no line 9\u202f000: this log has 2 lines"
    expect(page.locator("[data-foot]")).to_contain_text(told)


def test_step_at_the_provider_is_linked_only_where_it_is_known(open_page, log_server, keep_log):
    path, _ = keep_log("pushed", "one\ntwo\n")
    page = open_page(path + "#L2", base=log_server)

    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("^GitHub"))).to_have_count(0)


def test_raw_text_and_full_screen_are_one_press_away(open_page, log_server, keep_log):
    path, job_id = keep_log("raw", "one\ntwo\n")
    page = open_page(path, base=log_server)

    assert page.get_by_role("link", name=re.compile("^Raw")).get_attribute("href") == (
        f"/api/v1/jobs/{job_id}/log"
    )
    page.get_by_role("button", name="Full screen").click()
    region = page.get_by_role("region", name="Log of job")
    assert region.bounding_box()["height"] > 750
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Full screen")).to_be_visible()
