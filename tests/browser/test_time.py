"""Time is the player's: play, pause, step, scrub, loop, speed, and all panels at one step."""

from playwright.sync_api import Page, expect

from app.experiment import FIRST, simulate

from .conftest import Browse
from .driver import (
    assert_losses,
    assert_shown,
    last_step,
    open_app,
    panel_steps,
    pick,
    playing,
    rate_of,
    seek,
    step,
    wait_until,
)


def button(page: Page, does: str) -> None:
    page.locator(f".rv-player [data-do={does}]").click()


def unfocus(page: Page) -> None:
    """Keys then go to the page as a whole, as they do before anything is clicked."""
    page.evaluate("document.activeElement.blur()")


def assert_all_at(page: Page, at: int) -> None:
    assert panel_steps(page) == [at] * 5
    assert step(page) == at
    assert page.locator(".rv-count").inner_text() == f"step {at} / {last_step(page)}"
    assert page.locator(".rv-scrub input").input_value() == str(at)


def test_play_and_pause_answer_to_button_and_space(page: Page) -> None:
    open_app(page)
    seek(page, 10)
    assert not playing(page)
    play = page.locator(".rv-play")
    expect(play).to_have_attribute("aria-label", "Play")
    play.click()
    expect(play).to_have_attribute("aria-label", "Pause")
    wait_until(page, "Number(d.step) > 10")
    play.click()
    assert not playing(page)
    assert panel_steps(page) == [step(page)] * 5
    # A press on the button that has the focus is the button's own; it must not count twice.
    play.focus()
    page.keyboard.press(" ")
    assert playing(page)
    unfocus(page)
    page.keyboard.press(" ")
    assert not playing(page)
    page.keyboard.press(" ")
    assert playing(page)


def test_one_step_back_or_forward_by_button_and_key_and_to_either_end(page: Page) -> None:
    open_app(page)
    end = last_step(page)
    seek(page, 20)
    button(page, "forward")
    assert_all_at(page, 21)
    button(page, "back")
    assert_all_at(page, 20)
    unfocus(page)
    for key, to in (("ArrowRight", 21), ("ArrowRight", 22), ("ArrowLeft", 21), ("End", end), ("ArrowRight", end)):
        page.keyboard.press(key)
        assert_all_at(page, to)
    for key, to in (("Home", 0), ("ArrowLeft", 0)):
        page.keyboard.press(key)
        assert_all_at(page, to)
    button(page, "play")
    wait_until(page, "Number(d.step) > 0")
    # Stepping is a pause.
    button(page, "back")
    assert not playing(page)


def test_the_player_stops_at_the_end_and_a_loop_begins_again(page: Page) -> None:
    open_app(page)
    end = last_step(page)
    seek(page, end - 3)
    button(page, "play")
    wait_until(page, "d.playing === 'false'")
    assert_all_at(page, end)
    button(page, "loop")
    expect(page.locator("[data-do=loop]")).to_have_attribute("aria-pressed", "true")
    seek(page, end - 3)
    button(page, "play")
    wait_until(page, "d.playing === 'true' && Number(d.step) < value", end - 10)
    button(page, "loop")
    seek(page, end)
    # Play at the end is play from the start.
    button(page, "play")
    wait_until(page, "d.playing === 'true' && Number(d.step) < value", end - 10)


def test_a_faster_speed_is_marked_and_faster(page: Page) -> None:
    open_app(page)
    names = ["1/s", "¼×", "½×", "1×", "2×", "4×"]
    speed = page.locator(".rv-speed")

    def choose_speed(i: int) -> None:
        speed.click()
        page.get_by_role("menuitemradio").nth(i).click()

    def pressed() -> list[int]:
        return [names.index(speed.inner_text())]

    assert pressed() == [3]
    speed.click()
    expect(page.get_by_role("menuitemradio").first).to_contain_text("one step a second")
    expect(page.get_by_role("menuitemradio", checked=True)).to_contain_text("1×")
    page.keyboard.press("Escape")
    for i in range(6):
        choose_speed(i)
        assert pressed() == [i]
    # Opened with the mouse its entries are the arrows' too, and chosen with the mouse it keeps no key.
    speed.click()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("menuitemradio").last).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(speed).to_be_focused()
    choose_speed(5)
    before = playing(page)
    page.keyboard.press(" ")
    assert playing(page) is not before
    page.locator(".rv-play").click()
    expect(speed).to_have_attribute("aria-label", "Speed: four times the speed")
    unfocus(page)
    for key, i in (("-", 4), ("-", 3), ("-", 2), ("-", 1), ("-", 0), ("-", 0), ("+", 1), ("+", 2)):
        page.keyboard.press(key)
        assert pressed() == [i]

    def advanced(i: int) -> int:
        """The steps played in a while, the same while for each speed, by the page's own clock."""
        choose_speed(i)
        seek(page, 0)
        page.locator(".rv-play").click()
        return page.evaluate(
            "() => new Promise(done => setTimeout(() => done(Number(document.querySelector('.ravine').dataset.step)), 1500))"
        )

    assert advanced(5) > 3 * advanced(1)


def test_scrubbing_moves_every_panel_to_the_same_step_and_the_engine_s_loss(page: Page) -> None:
    open_app(page)
    end = last_step(page)
    scrubber = page.locator(".rv-scrub input")
    box = scrubber.bounding_box()
    assert box is not None
    for share in (0.3, 0.8, 0.05):
        page.mouse.click(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
        at = step(page)
        assert abs(at - share * end) < 0.03 * end
        assert not playing(page)
        assert_all_at(page, at)
        assert_losses(page, FIRST, at)
    page.mouse.move(box["x"] + 0.05 * box["width"], box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + box["height"] / 2, steps=4)
    assert_all_at(page, step(page))
    page.mouse.up()
    assert abs(step(page) - 0.5 * end) < 0.03 * end
    scrubber.focus()
    before = step(page)
    page.keyboard.press("ArrowRight")
    assert_all_at(page, before + 1)
    assert_losses(page, FIRST, before + 1)


def test_this_step_shows_the_selected_run_in_the_engine_s_numbers(page: Page) -> None:
    open_app(page)
    pick(page, "Adam").click()
    seek(page, 30)
    path = simulate(FIRST)[3]
    assert path.lr is not None
    assert page.locator(".rv-who").inner_text() == "Adam, 30"
    rows = page.locator(".rv-sum [role=row]")
    expect(rows).to_have_count(5)
    signs = rows.locator(".rv-sign").all_inner_texts()
    assert signs == ["", "−", "×", "÷", "="]
    assert path.m is not None
    assert path.sigma is not None
    wanted = (path.theta[30], (path.lr[30], path.lr[30]), path.m[30], path.sigma[30], path.theta[31])
    for row, values in zip(rows.all(), wanted, strict=True):
        for cell, value in zip(row.get_by_role("cell").all()[1:], values, strict=True):
            assert_shown(cell.inner_text(), float(value))
    # The sidebar follows the line.
    expect(page.get_by_test_id("stSidebar").get_by_role("combobox", name="Optimizer")).to_have_value("Adam")
    # A word of what a row of numbers comes to where a run has left what numbers can hold.
    open_app(page, "surface=rosenbrock&r1=sgd~lr~5&steps=60")
    seek(page, 60)
    expect(page.locator(".rv-aside")).to_contain_text("diverged at step")
    expect(page.locator(".rv-sum")).to_be_hidden()


def test_a_click_on_a_curve_goes_to_that_step(page: Page) -> None:
    open_app(page)
    end = last_step(page)
    for i, share in enumerate((0.25, 0.5, 0.75)):
        box = page.locator(".rv-chart .rv-plot").nth(i).bounding_box()
        assert box is not None
        # The axis lies between the room for its numbers and a small margin.
        left, right = box["x"] + 50, box["x"] + box["width"] - 16
        page.mouse.click(left + share * (right - left), box["y"] + box["height"] / 2)
        assert abs(step(page) - share * end) <= 2
        assert_all_at(page, step(page))
        assert not playing(page)


def test_keys_typed_into_a_field_are_not_the_player_s(page: Page) -> None:
    open_app(page)
    seek(page, 10)
    field = rate_of(page, "Gradient descent")
    field.click()
    page.keyboard.press(" ")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    assert step(page) == 10
    assert not playing(page)


def test_help_names_the_keys_and_full_screen_is_one(page: Page) -> None:
    open_app(page)
    assert not page.locator(".rv-help").is_visible()
    button(page, "help")
    for key in ("Space", "1 to 8", "H", "Shift", "Enter Esc"):
        expect(page.locator(".rv-help dt", has_text=key).first).to_be_visible()
    expect(page.locator("[data-do=help]")).to_have_attribute("aria-expanded", "true")
    page.keyboard.press("Escape")
    assert not page.locator(".rv-help").is_visible()
    expect(page.locator("[data-do=help]")).to_have_attribute("aria-expanded", "false")
    button(page, "help")
    button(page, "help")
    assert not page.locator(".rv-help").is_visible()
    button(page, "full")
    page.wait_for_function("document.fullscreenElement?.classList.contains('ravine')")
    # The contour and the loss, larger than they were; the rest is given up.
    seek(page, 33)
    assert panel_steps(page) == [33] * 2
    button(page, "full")
    page.wait_for_function("document.fullscreenElement === null")


def test_reduced_motion_starts_at_rest_at_the_last_step(browse: Browse) -> None:
    page = browse(reduced_motion="reduce")
    open_app(page)
    assert not playing(page)
    assert_all_at(page, last_step(page))
    assert_losses(page, FIRST, FIRST.steps)
    # Playing goes in jumps of ten, from the start.
    button(page, "play")
    wait_until(page, "Number(d.step) === 10")
