"""The grid: walked by keys, each cell with its words, the worst first."""

import re

from playwright.sync_api import expect


def test_cells_are_walked_with_arrows_and_say_what_happened(open_page):
    page = open_page("/grid")
    cells = page.locator("[role=grid] button[data-column]")
    last = page.locator("[role=grid] button[tabindex='0'][data-column]")
    expect(last).to_have_attribute("data-row", "0")
    expect(last).to_have_attribute("aria-label", re.compile(r"^.+, .+, .*(run|failed)"))
    column = int(last.get_attribute("data-column"))
    last.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(":focus")).to_have_attribute("data-column", str(column - 1))
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_attribute("data-row", "1")
    page.keyboard.press("Control+End")
    rows = page.get_by_role("grid").get_attribute("aria-rowcount")
    expect(page.locator(":focus")).to_have_attribute("data-row", str(int(rows) - 2))
    page.keyboard.press("Control+Home")
    expect(page.locator(":focus")).to_have_attribute("data-column", "0")
    assert cells.count() == (int(rows) - 1) * (column + 1)


def test_rows_and_red_cells_are_walked_with_the_keys_of_lists(open_page):
    page = open_page("/grid")
    focused = page.locator("[data-column]:focus")
    page.keyboard.press("j")
    expect(focused).to_have_attribute("data-row", "0")
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(focused).to_have_attribute("data-row", "2")
    page.keyboard.press("k")
    expect(focused).to_have_attribute("data-row", "1")
    red = page.locator("[role=grid] [data-letter=F]")
    places = red.evaluate_all("all => all.map(one => `${one.dataset.row} ${one.dataset.column}`)")
    assert len(places) > 2
    page.keyboard.press("Control+Home")
    for place in places[:3]:
        page.keyboard.press("]")
        expect(focused).to_have_attribute("data-letter", "F")
        row, column = place.split()
        expect(page.locator(f"[data-row='{row}'][data-column='{column}']")).to_be_focused()
    page.keyboard.press("[")
    row, column = places[1].split()
    expect(page.locator(f"[data-row='{row}'][data-column='{column}']")).to_be_focused()


def test_tab_comes_to_a_cell_also_when_fewer_are_left(open_page):
    page = open_page("/grid")
    page.locator("[role=grid] button[data-column]").last.focus()
    page.get_by_role("checkbox", name="Only failing").check()
    expect(page.get_by_role("rowheader").get_by_role("link")).to_have_count(2)
    expect(page.locator("[role=grid] button[tabindex='0'][data-column]")).to_have_count(1)


def test_only_failing_leaves_the_red_ones_which_stand_first(open_page):
    page = open_page("/grid")
    expect(page.locator("h1")).to_contain_text("2 of 14 workflows are red")
    names = page.get_by_role("rowheader").get_by_role("link")
    red = names.all_inner_texts()[:2]
    page.get_by_role("checkbox", name="Only failing").check()
    expect(names).to_have_count(2)
    assert names.all_inner_texts() == red


def test_how_the_grid_is_looked_at_is_in_its_address(open_page):
    page = open_page("/grid")
    only = page.get_by_role("checkbox", name="Only failing")
    grouped = page.get_by_role("checkbox", name="Group by repository")
    large = page.get_by_role("button", name="L", exact=True)
    only.check()
    page.get_by_role("checkbox", name="Hide all-green").check()
    grouped.uncheck()
    large.click()
    expect(page).to_have_url(re.compile(r"/grid\?only=failing&hide=green&group=none&cells=large$"))
    page.reload()
    expect(large).to_have_attribute("aria-pressed", "true")
    expect(grouped).not_to_be_checked()
    expect(page.get_by_role("rowheader").get_by_role("link")).to_have_count(2)
    for _ in range(4):
        page.go_back()
    expect(page).to_have_url(re.compile("/grid$"))
    expect(only).not_to_be_checked()
    expect(grouped).to_be_checked()


def test_address_does_not_name_a_grid_that_is_not_shown(open_page):
    page = open_page("/grid?mode=commit&range=24h")
    expect(page).to_have_url(re.compile(r"/grid\?range=24h$"))
    expect(page.get_by_role("status").get_by_text("“mode”")).to_be_visible()


def test_cell_of_several_runs_opens_their_list(open_page):
    page = open_page("/grid")
    cell = page.get_by_role("button", name=re.compile(r"^CI, .* of \d+ runs failed")).first
    many = int(re.search(r"of (\d+) runs", cell.get_attribute("aria-label"))[1])
    cell.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/runs\?.*workflow=CI.*from="))
    expect(page.locator("h1")).to_contain_text(f"{many} runs")


def test_cell_of_one_run_opens_it_beside_the_grid(open_page):
    page = open_page("/grid?range=24h")
    cell = page.get_by_role("button", name=re.compile(", 1 run, ")).first
    cell.focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("complementary", name=re.compile("^Run "))
    expect(panel).to_be_visible()
    expect(page).to_have_url(re.compile(r"/grid\?range=24h&peek=\d+"))
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(cell).to_be_focused()


def test_cells_open_in_a_tab_of_their_own_when_asked_to(open_page):
    page = open_page("/grid")
    cell = page.get_by_role("button", name=re.compile(r"^CI, .* of \d+ runs failed")).first
    with page.context.expect_page() as opened:
        cell.click(modifiers=["Control"])
    expect(opened.value).to_have_url(re.compile(r"/runs\?.*workflow=CI.*from="))
    expect(page).to_have_url(re.compile("/grid$"))


def test_name_of_a_repository_is_cut_only_where_there_is_no_room_for_it(open_page):
    page = open_page("/grid?group=none")
    names = page.get_by_role("rowheader").get_by_role("link").locator("span:first-child")
    expect(names.first).to_be_visible()
    cut = names.evaluate_all(
        "all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.textContent)"
    )
    assert not [name for name in cut if len(name) < 12]
