"""Every state of the page is an address that reads back as itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.address import Address, read

WORDS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(str.strip)


@given(WORDS, WORDS, st.lists(st.tuples(WORDS, WORDS), max_size=5))
def test_an_address_reads_back_as_itself(place, name, values):
    address = Address(place, name, tuple(values))
    assert read(address.href) == address


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/", Address()),
        ("/?q=ESI+denials&outcome=upheld", Address("", "", (("q", "ESI denials"), ("outcome", "upheld")))),
        ("http://127.0.0.1:7860/browse?region=lumbar#p3", Address("browse", "", (("region", "lumbar"),))),
        ("/decision/CM15-9000102?mark=1-9", Address("decision", "CM15-9000102", (("mark", "1-9"),))),
        ("/decision/a%2Fb", Address("decision", "a/b")),
        ("/?q=%20", Address()),
        ("//[broken", Address()),
    ],
)
def test_what_an_address_means(url, expected):
    assert read(url) == expected


def test_a_value_is_put_added_and_dropped():
    here = read("/?q=x&page=4")
    assert here.put("outcome", "upheld").href == "/?q=x&outcome=upheld"
    assert here.add("off", "a:b").add("off", "a:b").all("off") == ("a:b",)
    assert here.toggle("region", "knee").toggle("region", "knee").href == "/?q=x"
    assert here.put("page", "5").page == 5 and here.put("page").page == 1


@pytest.mark.parametrize("page", ["0", "-3", "x", "", "9" * 40, "１２"])
def test_a_page_is_a_number_from_1_on(page):
    assert Address("", "", (("page", page),)).page >= 1
