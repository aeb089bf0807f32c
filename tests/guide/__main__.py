"""`python -m tests.guide [NAME…]`: the pictures of docs/guide.md, taken of people who do not exist.

Their agency is made anew each time, from the same draw and on the same day, so that the same pages give the
same pictures. A picture is what a browser of 1000 pixels shows, in 64 colours.
"""

import io
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from api.demonstration.caseload import FIRST_NUMBER
from api.services.users import Role
from api.storage import upgrade
from reference_library import load, packaged_library
from tests.api.conftest import PASSWORD, Clock, with_a_user
from tests.browser.conftest import CHROMIUM, application, listening
from tests.browser.filled import NAMES, fill
from tests.browser.walking import Agency, context_of

PICTURES = Path(__file__).parents[2] / "docs/guide"
WIDTH = 1000
COLOURS = 64
WORKER, SUPERVISOR, MANAGER = Role.CASE_WORKER, Role.SUPERVISOR, Role.OFFENDER_MANAGER
ADMINISTRATOR, AUDITOR = Role.ADMINISTRATOR, Role.AUDITOR


def _as_it_is(_: Page) -> None:
    pass


@dataclass(frozen=True)
class Picture:
    """`address` may hold {id}, {what_if} and {number}; `do` comes before the picture is taken."""

    name: str
    role: Role | None
    address: str
    do: Callable[[Page], None] = _as_it_is
    height: int = 800


def _sign_in(tab: Page) -> None:
    tab.get_by_label("Username").fill(NAMES[WORKER])
    tab.get_by_label("Password", exact=True).fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url("**/notice/accept*")


def _send(button: str) -> Callable[[Page], None]:
    def press(tab: Page) -> None:
        tab.get_by_role("button", name=button, exact=True).click()
        tab.locator("#errors, .govuk-error-summary").first.wait_for()

    return press


def _check_answers(tab: Page) -> None:
    """Of an assessment that starts from an earlier one, with one answer changed."""
    tab.locator("input[name=answer-drug]").first.check()
    tab.locator("#seen-acad").check()
    tab.get_by_role("button", name="Check answers").click()
    tab.locator(".checked").first.wait_for()


def _find_person(tab: Page) -> None:
    tab.get_by_label("Offender number, or its first characters").fill(str(FIRST_NUMBER))
    tab.get_by_role("button", name="Search").click()
    tab.locator("table.earlier").wait_for()


def _two_changes(tab: Page) -> None:
    """The best answers to two items; script shows by itself what that would make."""
    for code in ("comp", "emot"):
        tab.locator(f"#answer-{code}").select_option(index=0)
    tab.wait_for_timeout(1500)


EVERYTHING = (
    Picture("sign-in", None, "/login"),
    Picture("notice", None, "/login", _sign_in),
    Picture("home", WORKER, "/"),
    Picture("form", WORKER, "/assessments/new"),
    Picture("form-refused", WORKER, "/assessments/new", _send("Check answers")),
    Picture("result", WORKER, "/assessments/{id}", height=1100),
    Picture("explained", WORKER, "/assessments/{id}/explained", height=1000),
    Picture("needs", WORKER, "/assessments/{id}/needs", height=1000),
    Picture("person", WORKER, "/people/{number}", height=1100),
    Picture("populate", WORKER, "/assessments/populate", _find_person),
    Picture("drafts", WORKER, "/drafts", height=600),
    Picture("workbench", WORKER, "/assessments/{id}/workbench", _two_changes, height=1100),
    Picture("what-if", WORKER, "/assessments/{what_if}", height=900),
    Picture("filter", WORKER, "/results?latest=true", height=1000),
    Picture("results", WORKER, "/results?all=true", height=900),
    Picture("exports", WORKER, "/exports", height=900),
    Picture("office", SUPERVISOR, "/office", height=900),
    Picture("releases", SUPERVISOR, "/office/releases", height=900),
    Picture("overrides", SUPERVISOR, "/office/overrides", height=800),
    Picture("offender-list", MANAGER, "/harm", height=1100),
    Picture("administration", ADMINISTRATOR, "/administration", height=800),
    Picture("users", ADMINISTRATOR, "/administration/users", height=800),
    Picture("systems", ADMINISTRATOR, "/administration/systems/case.system", height=800),
    Picture("record", AUDITOR, "/record", height=900),
    Picture("account", WORKER, "/account", height=700),
    Picture("second-factor", WORKER, "/account/second-factor", height=600),
    # Last, because it leaves a draft.
    Picture("check-answers", WORKER, "/assessments/new?from={id}", _check_answers, height=1000),
)


def main(asked: Sequence[str]) -> int:
    if CHROMIUM is None:
        print("There is no Chromium on this machine: no picture was taken.", file=sys.stderr)
        return 2
    PICTURES.mkdir(exist_ok=True)
    with agency() as found, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for picture in EVERYTHING:
            if not asked or picture.name in asked:
                size = _take(picture, found, browser)
                print(f"{picture.name}.png, {size // 1000} kB", flush=True)
        browser.close()
    return 0


@contextmanager
def agency() -> Iterator[Agency]:
    """With the packaged library, on the day on which the clock of the tests stands still."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        library_folder = packaged_library(folder / "libraries")
        library, prepared = load(library_folder), folder / "prepared"
        prepared.mkdir()
        url = f"sqlite:///{prepared / 'rms.sqlite'}"
        upgrade(url)
        with_a_user(url)
        filled = fill(prepared, library)
        data = folder / "data"
        app = stack.enter_context(application(data, prepared, library, library_folder, clock=Clock(), rate=0))
        yield Agency(app, stack.enter_context(listening(app)), filled)


def _take(picture: Picture, found: Agency, browser: Browser) -> int:
    """Its size in bytes."""
    viewport = {"width": WIDTH, "height": picture.height}
    context = context_of(picture.role, found, browser, viewport=viewport, reduced_motion="reduce")
    tab = context.new_page()
    tab.on("dialog", lambda asked: asked.accept())
    number = found.filled.id.partition("-")[0]
    address = picture.address.format(id=found.filled.id, what_if=found.filled.what_if, number=number)
    answer = tab.goto(address, wait_until="networkidle")
    if answer is None or not answer.ok:
        raise RuntimeError(f"{address} is not there")
    picture.do(tab)
    tab.wait_for_load_state("networkidle")
    shown = Image.open(io.BytesIO(tab.screenshot()))
    context.close()
    path = PICTURES / f"{picture.name}.png"
    shown.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path.stat().st_size


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
