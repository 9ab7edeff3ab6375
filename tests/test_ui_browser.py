"""The page in a real browser: by mouse, by keyboard alone, at every width, in both themes."""

import shutil
from pathlib import Path
from urllib.parse import urlencode

import pytest
from browser import AXE, chromium, in_view, served, tab_of, visit
from letters import SAMPLES, UNNECESSARY, california, issue, texas

from app.answer import ask
from app.ui.place import contributed
from index.build import ingest
from index.catalog import Catalog

pytestmark = pytest.mark.browser
QUESTION = "lumbar MRI denials"
URL = "/?q=lumbar+MRI+denials"
PLACES = (
    *("/", URL, f"{URL}&view=table", "/?q=gym+membership+denials"),
    *("/browse", "/decision/CM15-9000102?mark=3251-3501", "/precedents", "/add"),
    *(f"/{place.name}" for place in contributed()),
)


@pytest.fixture(scope="module")
def address(small, index):
    with served(small) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def tab(browser, address):
    tab = tab_of(browser, address)
    yield tab
    assert (tab.complaints, tab.strangers) == ([], [])
    tab.context.close()


def test_from_the_question_to_the_marked_passage(tab, index):
    answer = ask(index, QUESTION)
    visit(tab, "/")
    tab.fill("#question textarea", QUESTION)
    tab.click("#ask")
    tab.wait_for_selector("#c1")
    assert tab.url.endswith(URL) and tab.title() == f"{QUESTION} · Precedent"
    assert tab.locator(".evidence").count() == len(answer.citations)
    tab.click(".card >> nth=-1 >> h3 a")
    tab.wait_for_selector(".letter mark")
    assert "/decision/" in tab.url and in_view(tab, ".letter mark")
    assert tab.inner_text(".letter mark").split() == answer.citations[-1].quote.split()
    tab.go_back()
    tab.wait_for_selector("#c1")
    assert tab.url.endswith(URL) and tab.input_value("#question textarea") == QUESTION


def test_the_whole_way_by_keyboard_alone(tab):
    visit(tab, "/")
    tab.keyboard.press("/")
    tab.wait_for_function("document.activeElement.closest('#question')")
    tab.keyboard.type(QUESTION)
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#c1")
    tab.keyboard.press("Escape")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    tab.keyboard.press("k")
    assert tab.evaluate("document.activeElement.matches('.card:first-of-type')")
    tab.keyboard.press("c")
    tab.wait_for_function("document.querySelector('.status').textContent.startsWith('Copied')")
    assert tab.evaluate("navigator.clipboard.readText()") in tab.inner_text(".card >> nth=0")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".letter mark")
    assert in_view(tab, ".letter mark")
    tab.keyboard.press("Escape")
    tab.wait_for_selector("#c1")


def test_a_mark_in_the_answer_leads_to_its_card(tab):
    visit(tab, URL)
    tab.click(".lead .cite >> nth=-1")
    tab.wait_for_function("scrollY > 0 || true")
    assert in_view(tab, tab.locator(".lead .cite >> nth=-1").get_attribute("href"))


def test_a_reading_is_changed_by_its_list_and_undone_by_its_cross(tab):
    visit(tab, URL)
    tab.select_option("select[aria-label^=Outcome]", label="Overturned (treatment approved)")
    tab.wait_for_selector(".card .badge.overturned")
    assert "outcome=overturned" in tab.url
    tab.click("a[aria-label^='Leave out Region']")
    tab.wait_for_selector(".chip.off")
    assert "off=region" in tab.url
    tab.go_back()
    tab.wait_for_selector(".chip.off", state="detached")
    tab.click("text=As first understood")
    tab.wait_for_function("location.search === '?q=lumbar+MRI+denials'")


def test_browsing_is_a_walk_over_links(tab):
    visit(tab, "/browse")
    tab.click(".bars a >> nth=0")
    tab.wait_for_selector(".chip.chosen")
    count = tab.inner_text(".found h2")
    tab.reload()
    tab.wait_for_selector(".chip.chosen")
    assert tab.inner_text(".found h2") == count
    tab.click("th a >> nth=1")
    tab.wait_for_selector("th[aria-sort]")
    tab.click("tbody a >> nth=0")
    tab.wait_for_selector(".letter")


def test_a_case_is_compared_and_stays_out_of_the_address(tab):
    visit(tab, "/precedents")
    tab.fill("#case textarea", "A 45 year old man with low back pain asks for an MRI of the lumbar spine.")
    tab.click("#find")
    tab.wait_for_selector(".contrast tbody tr")
    assert "lumbar" not in tab.url
    with tab.expect_download() as coming:
        tab.click("#worksheet")
    assert coming.value.path().read_bytes().startswith(b"PK")
    tab.reload()
    tab.wait_for_selector(".contrast tbody tr")


@pytest.mark.parametrize("path", PLACES)
def test_every_place_fits_every_width(tab, path):
    visit(tab, path)
    for width in (390, 1280, 1920):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("path", PLACES)
def test_axe_finds_nothing_serious_in_either_theme(tab, path):
    if not AXE.is_file():
        pytest.skip("axe-core is not here; npm install --no-save axe-core puts it into node_modules")
    visit(tab, path)
    tab.evaluate(AXE.read_text("utf-8"))
    for theme in ("light", "dark"):
        assert tab.evaluate("document.body.classList.contains('dark')") == (theme == "dark")
        found = tab.evaluate("axe.run()")["violations"]
        told = [(v["id"], n["html"][:160]) for v in found if v["impact"] in ("serious", "critical") for n in v["nodes"]]
        assert told == []
        tab.click(".theme")
        tab.wait_for_timeout(500)  # colours fade from one theme to the other


# ---- what happens underneath ---------------------------------------------------------------------------------------


def test_a_server_that_comes_back_finds_the_page_waiting(browser, small, index):
    with served(small) as address:
        tab = tab_of(browser, address)
        visit(tab, "/")
        port = int(address.rpartition(":")[2])
    tab.fill("#question textarea", QUESTION)
    tab.click("#ask")
    tab.wait_for_selector(".notice:not([hidden])", timeout=20_000)
    assert "does not answer" in tab.inner_text(".notice")
    with served(small, port=port):
        tab.wait_for_selector("#c1", timeout=30_000)
        assert tab.url.endswith(URL)
    tab.context.close()


def test_another_index_underneath_is_what_is_searched_next(browser, copied, tmp_path):
    with served(copied) as address:
        tab = tab_of(browser, address)
        visit(tab, "/browse")
        ingest([SAMPLES / "IRO-900104.txt"], tmp_path / "other", "stand-in")
        shutil.rmtree(copied)
        shutil.move(tmp_path / "other", copied)
        visit(tab, "/browse")
        assert tab.inner_text(".found h2") == "2 issues"
        visit(tab, "/decision/CM15-9000102")
        assert "not in" in tab.inner_text(".refusal")
        assert (tab.complaints, tab.strangers) == ([], [])
        tab.context.close()


def test_two_tabs_do_not_disturb_each_other(browser, address):
    one, two = tab_of(browser, address), tab_of(browser, address)
    visit(one, URL)
    visit(two, "/browse?outcome=overturned")
    one.click(".tabs a >> nth=1")
    one.wait_for_selector("table")
    assert two.locator(".chip.chosen").count() == 1 and "view=table" not in two.url
    assert one.complaints == two.complaints == []
    one.context.close()
    two.context.close()


def test_files_are_added_on_the_page_and_the_broken_one_is_named(browser, copied, tmp_path):
    (tmp_path / "good.txt").write_text(texas(case="900777"), "utf-8")
    (tmp_path / "<img src=x onerror=alert(1)>.txt").write_text("", "utf-8")
    with served(copied) as address:
        tab = tab_of(browser, address)
        visit(tab, "/add")
        tab.set_input_files("#files input[type=file]", sorted(map(str, tmp_path.glob("*.txt"))))
        tab.wait_for_selector("#adding table", timeout=30_000)
        told = tab.inner_text("#adding")
        assert "1 added" in told and "1 failed" in told and "empty" in told
        visit(tab, "/decision/IRO%20900777")
        assert "900777" in tab.inner_text(".decision h2") and tab.complaints == []
        tab.context.close()


# ---- nothing of a document runs ------------------------------------------------------------------------------------

PAYLOADS = (Path(__file__).parent / "data" / "xss.txt").read_text("utf-8").splitlines()
_PLANTED = 11  # a letter


@pytest.fixture(scope="module")
def hostile(stand_in, tmp_path_factory):
    """The page over letters that carry every payload in text, services and file names."""
    folder = tmp_path_factory.mktemp("hostile")
    for n in range(0, len(PAYLOADS), _PLANTED):
        some = PAYLOADS[n : n + _PLANTED]
        name = "".join(c for c in some[0] if c not in "/\0")[:80]
        text = california(*(issue(f"MRI {payload}: Upheld", f"{payload} {UNNECESSARY}") for payload in some))
        (folder / f"{n} {name}.txt").write_text(text, "utf-8")
    index = tmp_path_factory.mktemp("index") / "index"
    report = ingest([folder], index, "stand-in")
    assert len(report.added) == len(list(folder.iterdir())) >= 8
    with served(index) as address:
        yield address, index


def test_no_payload_of_eighty_runs(browser, hostile):
    address, folder = hostile
    assert len(PAYLOADS) >= 80
    tab = tab_of(browser, address)
    tab.add_init_script("window.ran = 0; window.xss = () => { window.ran++ }")
    tab.on("dialog", lambda dialog: tab.complaints.append(dialog.message))
    catalog = Catalog(folder)
    pages = ["/browse", "/browse?sort=-service&all=specialty", "/?q=MRI+denials", "/?q=MRI+denials&view=table"]
    pages += [f"/decision/{id_}?mark=0-{len(catalog.decision(id_).text)}" for id_ in catalog.decision_ids()]
    for payload in PAYLOADS[::8]:
        pages.append(f"/?{urlencode({'q': payload})}")
        pages.append(f"/?{urlencode({'q': 'MRI denials', 'off': f'region:{payload}', 'sort': payload})}")
    for path in pages:
        visit(tab, path)
        tab.keyboard.press("j")
        assert tab.evaluate("window.ran") == 0, path
    assert tab.strangers == [] and tab.complaints == []
    tab.context.close()
