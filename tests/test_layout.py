"""Dates, labelled values, lists, patients and headings, in the shapes letters give them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.decision import Voice
from corpus.layout import body_start, dates_in, heading, labelled, list_items, parse_date, patient, split_sections

HEADINGS = (
    heading("history", Voice.HISTORY, r"CLINICAL (?:HISTORY|SUMMARY)"),
    heading("rationale", Voice.REVIEWER, r"RATIONALE"),
    heading("outcome", Voice.REVIEWER, r"REVIEW OUTCOME"),
)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("03/14/2011", "2011-03-14"),
        ("3/4/13", "2013-03-04"),
        ("3-14-2011", "2011-03-14"),
        ("2011-03-14", "2011-03-14"),
        ("March 14, 2011", "2011-03-14"),
        ("MARCH 14 2011", "2011-03-14"),
        ("Sept. 5, 2013", "2013-09-05"),
        ("June 3rd, 2014", "2014-06-03"),
        ("Jan/05/2017", "2017-01-05"),
        ("sent on 02/29/2012 by mail", "2012-02-29"),
        ("5/6/99", "1999-05-06"),
        ("xx/xx/2010", None),
        ("__/__/____", None),
        ("02/30/2013", None),
        ("13/14/2011", None),
        ("3/2011", None),
        ("Smarch 14, 2011", None),
        ("10/325/2011", None),
        ("", None),
        ("21 September 2017", "2017-09-21"),
        ("Decision 12, 2016", None),
        ("fax 99/99/2016; dated 3/4/2017", "2017-03-04"),
    ],
)
def test_a_date_is_read_or_is_none(words, expected):
    assert parse_date(words) == expected


@given(st.dates())
def test_every_written_date_comes_back(day):
    assert parse_date(f"dated {day:%m/%d}/{day.year:04d}.") == day.isoformat()
    assert parse_date(f"dated {day:%B} {day.day}, {day.year:04d}.") == day.isoformat()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Date Assigned: 01/02/2017", "01/02/2017"),
        ("Date Assigned:\n01/02/2017", "01/02/2017"),
        ("DATE  ASSIGNED :   01/02/2017  \n", "01/02/2017"),
        ("Date Assigned:\n\n01/02/2017", "01/02/2017"),
        ("Date Assigned:", None),
        ("Assigned to nobody", None),
    ],
)
def test_a_label_gives_what_follows_it(text, expected):
    assert labelled(text, r"Date\s+Assigned") == expected


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("1) MRI\n2) EMG", ["MRI", "EMG"]),
        ("1. MRI\n2. EMG\n3. CT", ["MRI", "EMG", "CT"]),
        ("(1) MRI (2) EMG", ["MRI", "EMG"]),
        ("a. MRI\nb. EMG", ["MRI", "EMG"]),
        ("A. MRI. B. EMG", ["MRI.", "EMG"]),
        ("Issue 1: MRI\nIssue 2: EMG", ["MRI", "EMG"]),
        ("#1. MRI\n#2. EMG", ["MRI", "EMG"]),
        ("• MRI\n• EMG", ["MRI", "EMG"]),
        ("- MRI", ["MRI"]),
        ("1. MRI of\n   the neck\n2. EMG", ["MRI of\n   the neck", "EMG"]),
        ("1. Norco\n2. Soma 350 mg, 1 tab 3. times daily", ["Norco", "Soma 350 mg, 1 tab 3. times daily"]),
        ("MRI and EMG", ["MRI and EMG"]),
        ("  MRI  ", ["MRI"]),
    ],
)
def test_a_list_gives_its_entries_without_their_marks(text, items):
    assert [text[a:b] for a, b in list_items(text, 0, len(text))] == items


def test_a_numbered_list_of_one_loses_its_mark_too():
    assert list_items("1. MRI", 0, 6) == [(3, 6)]


def test_list_items_point_into_the_whole_text():
    text = "before\n1. MRI\n2. EMG\nafter"
    assert [text[a:b] for a, b in list_items(text, 7, 20)] == ["MRI", "EMG"]


LINES = ["CLINICAL\nHISTORY:", "RATIONALE", "REVIEW OUTCOME:", "no heading", "", "a rationale"]


@given(st.lists(st.sampled_from(LINES)))
def test_sections_tile_the_text_without_gap(lines):
    text = "\n".join(lines)
    sections = split_sections(text, HEADINGS)
    assert "".join(text[s.start : s.end] for s in sections) == text
    assert all(a.end == b.start for a, b in pairwise(sections))


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Dear Sir\nCLINICAL SUMMARY\nstory\nRATIONALE:\nwords", ["header", "history", "rationale"]),
        ("3. Clinical   History: story", ["history"]),
        ("CLINICAL\n\n  SUMMARY\nstory", ["history"]),
        ("    Rationale\nwords", ["rationale"]),
        ("our rationale is given elsewhere", ["header"]),
        ("", []),
    ],
)
def test_headings_open_sections_only_at_the_start_of_a_line(text, kinds):
    assert [s.kind for s in split_sections(text, HEADINGS)] == kinds


def test_a_section_body_begins_after_its_heading():
    text = "CLINICAL\n  SUMMARY :  He fell."
    (section,) = split_sections(text, HEADINGS)
    assert section.heading == "CLINICAL SUMMARY"
    assert text[body_start(text, section) :].strip() == "He fell."


@pytest.mark.parametrize(
    ("story", "age", "sex"),
    [
        ("The patient is a 44-year-old man.", 44, "male"),
        ("a 51 year old female who fell", 51, "female"),
        ("This 39 y/o lady", 39, "female"),
        ("a 29 yo roofer. He fell on his back.", 29, "male"),
        ("Aged 62, she works as a nurse.", 62, "female"),
        ("The patient XX years old fell.", None, None),
        ("He told her that his back hurts.", None, None),
        ("a 440-year-old man", None, "male"),
        ("", None, None),
    ],
)
def test_the_patient_is_what_the_story_says_and_null_where_it_is_silent(story, age, sex):
    assert patient(story) == {"age": age, "sex": sex}


COLUMNS = """Case Number        Date Assigned      Date of Injury     UR Denial Date
CM17-9900001       08/07/2017         12/18/2013         07/11/2017
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (COLUMNS, {"assigned": "2017-08-07", "injury": "2013-12-18", "ur_denial": "2017-07-11"}),
        (
            "Injury 01/19/2020 / Denied 10/02/2023 / Decided 11/30/2023",
            {"injury": "2020-01-19", "decision": "2023-11-30"},
        ),
        ("Date of UR Decision: 6/6/2016\nDOI 2/2/2015", {"ur_denial": "2016-06-06", "injury": "2015-02-02"}),
        ("Date of Injury:\n\n 3/4/2015", {"injury": "2015-03-04"}),
        ("Date of Injury: Decision Date: 3/4/2015", {"injury": None, "decision": "2015-03-04"}),
        ("a note dated 3/4/2015 was read", {"decision": None}),
    ],
)
def test_a_header_gives_its_dates(text, expected):
    dates = dates_in(text)
    assert {name: dates[name] for name in expected} == expected
