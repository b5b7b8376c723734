"""What people bring along: a keyboard, less motion, other colours, larger letters, a printer."""

import itertools
import re
from base64 import b64encode

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import settle

# What the keyboard has come to: its name, whether a ring is seen, whether something lies above it.
FOCUSED = """() => {
  const one = document.activeElement;
  if (one === null || one === document.body) return null;
  const box = one.getBoundingClientRect();
  const ring = [one, ...one.querySelectorAll('*'), one.parentElement].some((part) => {
    const style = getComputedStyle(part);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  });
  const x = Math.min(Math.max(box.x + box.width / 2, 1), innerWidth - 2);
  const y = Math.min(Math.max(box.y + Math.min(box.height / 2, 12), 1), innerHeight - 2);
  const above = document.elementFromPoint(x, y);
  const seen = above !== null && (one.contains(above) || above.contains(one));
  return [one.getAttribute('aria-label') ?? one.textContent.trim().slice(0, 60), ring, seen];
}"""


def walk(page, presses):
    """Press Tab that often; return what was reached, in order."""
    reached = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is not None:
            reached.append(found)
    return reached


@pytest.mark.parametrize("path", ["/", "/runs", "/grid", "/settings/appearance", "/welcome"])
def test_keyboard_sees_where_it_is(open_page, path):
    page = open_page(path)
    reached = walk(page, 45)
    assert reached[0][0] == "Skip to content"
    assert [name for name, ring, _ in reached if not ring] == []
    assert [name for name, _, seen in reached if not seen] == []


def test_skip_link_leads_to_the_content(open_page):
    page = open_page("/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_what_broke_is_found_with_the_keyboard_alone(open_page):
    page = open_page("/")
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text("a1b2c3d")
    link = verdict.get_by_role("link", name="What failed")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    for _ in range(10):
        page.keyboard.press("Tab")
        if link.evaluate("one => one === document.activeElement"):
            break
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name=re.compile("^Run "))
    expect(panel.get_by_role("region", name="What failed")).to_contain_text("test (3.12)")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_two_keys_lead_to_every_page_and_help_lists_them(open_page):
    page = open_page("/")
    for key, address in (("r", "/runs"), ("g", "/grid"), ("s", "/settings"), ("o", "/")):
        page.keyboard.press("g")
        page.keyboard.press(key)
        expect(page).to_have_url(re.compile(re.escape(address) + r"(/\w+)?(\?.*)?$"))
        # The second key has a second's time, which a page that is being drawn may take itself.
        settle(page)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Pause")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_nothing_moves_for_who_asks_for_less_motion(open_page):
    page = open_page("/")
    page.emulate_media(reduced_motion="reduce")
    page.get_by_role("link", name="What failed").click()
    page.get_by_role("complementary", name=re.compile("^Run ")).wait_for()
    moving = page.evaluate(
        "document.getAnimations().filter(one => one.playState === 'running'"
        " && one.effect.getComputedTiming().duration > 1).map(one => one.effect.target.className)"
    )
    assert moving == []


def test_statuses_have_letters_where_colours_are_forced(open_page):
    page = open_page("/grid")
    page.emulate_media(forced_colors="active")
    cells = page.locator("[data-letter]")
    expect(cells.first).to_be_visible()
    shown = "elements => elements.map(one => getComputedStyle(one, '::after').content)"
    assert '"F"' in cells.evaluate_all(shown)


def test_every_status_has_a_word(open_page):
    page = open_page("/runs?branch=@any&sort=-time")
    words = page.locator("tr[data-run] td:nth-child(1)").all_inner_texts()
    assert all(word.strip() for word in words)


# How bright each pixel of pictures of the same size is, from 0 to 1.
BRIGHTNESS = """async (pictures) => Promise.all(pictures.map(async (picture) => {
  const bytes = Uint8Array.from(atob(picture), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: 'image/png'}));
  const paper = new OffscreenCanvas(16, 16).getContext('2d');
  paper.drawImage(image, 0, 0, 16, 16);
  const {data} = paper.getImageData(0, 0, 16, 16);
  return Array.from({length: 256}, (_, at) =>
    (data[at * 4] * 0.2126 + data[at * 4 + 1] * 0.7152 + data[at * 4 + 2] * 0.0722) / 255);
}))"""
# By how much a pixel has to differ to be told apart, and how many of a cell have to.
PLAIN, SHARE = 0.2, 0.05


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_statuses_look_different_without_any_colour(open_page, theme):
    page = open_page("/grid?gran=day", theme=theme)
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    # How the page fills a cell of each state; the cell of one that is mixed is that of a flaky one.
    fills = {"success": "bg-ok-fill", "failure": "bg-fail-fill", "flaky": "bg-warn-fill"}
    pictures = []
    for fill in fills.values():
        cell = page.locator(f"[role=grid] button.{fill}").first
        cell.scroll_into_view_if_needed()
        pictures.append(b64encode(cell.screenshot()).decode())
    shown = dict(zip(fills, page.evaluate(BRIGHTNESS, pictures), strict=True))

    for one, other in itertools.combinations(shown, 2):
        apart = [abs(a - b) > PLAIN for a, b in zip(shown[one], shown[other], strict=True)]
        assert sum(apart) > len(apart) * SHARE, (one, other, sum(apart))


@pytest.mark.parametrize("path", ["/", "/runs", "/grid"])
def test_letters_can_be_twice_as_large(open_page, path):
    page = open_page(path)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    settle(page)
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.viewport_size["width"]
    expect(page.locator("h1")).to_be_visible()


def test_paper_has_the_answers_and_not_the_controls(open_page):
    page = open_page("/", theme="dark")
    page.emulate_media(media="print")
    expect(page.get_by_role("region", name="Verdict")).to_be_visible()
    expect(page.get_by_role("region", name="Key figures")).to_be_visible()
    for landmark in ("banner", "navigation", "search"):
        for one in page.get_by_role(landmark).all():
            expect(one).to_be_hidden()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"


def test_verdict_is_a_status(open_page):
    page = open_page("/")
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict.get_by_role("status")).to_contain_text("main is red")


def test_title_that_comes_late_gets_the_focus_all_the_same(open_page):
    held = []

    def hold(asked):
        held.append(asked)

    page = open_page("/runs?repo=acme/api")
    page.route("**/api/v1/overview/verdict?*", hold)
    page.keyboard.press("g")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(r"/\?repo=acme/api$"))
    expect(page.locator("#content")).to_be_visible()
    expect(page.get_by_role("region", name="Key figures")).to_be_visible()
    expect(page.locator("h1")).to_have_count(0)
    for asked in held:
        asked.continue_()
    expect(page.locator("h1")).to_be_focused()


def test_names_of_figures_are_whole_on_a_phone(open_page):
    page = open_page("/", phone=True)
    names = page.get_by_role("region", name="Key figures").locator(
        "a > span > span:first-child > span"
    )
    expect(names.first).to_be_visible()
    # What a card is called in another language, or with a longer window, may be longer.
    cut = names.evaluate_all(
        """names => names.filter(name => {
            name.textContent = 'Average duration of all finished runs';
            return name.scrollWidth > name.clientWidth;
        }).length"""
    )
    assert cut == 0
