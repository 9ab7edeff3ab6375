"""Mistakes of fact: raised where the letter proves them, silent wherever another reading is possible."""

import pytest
from letters import SAMPLE_NAMES, california, decided, issue, samples, texas

from corpus.decision import from_json, to_json
from corpus.mistakes import flags_of

DENIED = "The request for {} is not medically necessary."


def raised(title: str, decided_as: str) -> list[str]:
    return [flag.kind for flag in decided(california(issue(f"{title}: Upheld", DENIED.format(decided_as)))).flags]


@pytest.mark.parametrize(
    ("asked", "decided_as", "kind"),
    [
        ("MRI of the left knee", "an MRI of the right knee", "side"),
        ("Lumbar epidural steroid injection at L4-5", "lumbar epidural steroid injection at L2-L3", "level"),
        ("MRI of the cervical spine", "MRI of the lumbar spine", "region"),
        ("Norco 10/325 mg #60", "tramadol", "drug"),
        ("Norco 10/325 mg #60", "Norco 10/325 mg #90", "quantity"),
        ("Gabapentin 300 mg #90", "gabapentin 600 mg", "quantity"),
        ("Physical therapy 2 times a week for 3 weeks, neck", "twelve visits of physical therapy", "quantity"),
        ("Acupuncture, 6 visits", "a urine drug screen", "not-in-dispute"),
    ],
)
def test_what_is_decided_differs_from_what_was_asked(asked, decided_as, kind):
    assert raised(asked, decided_as) == [kind]


@pytest.mark.parametrize(
    ("asked", "decided_as"),
    [
        ("MRI of the left knee", "the MRI"),
        ("MRI of the left knee", "MRI left knee without contrast"),
        ("MRI of both knees", "MRI of the left knee"),
        ("Lumbar epidural steroid injection at L4-L5", "ESI at L4-5"),
        ("Lumbar epidural steroid injection at L4-S1", "ESI at L5-S1"),
        ("MRI of the cervical and lumbar spine", "MRI of the lumbar spine"),
        ("MRI of the neck", "a cervical MRI"),
        ("Norco 10/325 mg #60", "hydrocodone 10-325 mg"),
        ("Physical therapy 2x6 for the neck", "12 sessions of physical therapy"),
        ("Physical therapy twice a week for six weeks", "twelve visits of physical therapy"),
        ("Twelve visits of physical therapy", "physical therapy 12 visits"),
        ("12 visits of physical therapy", "the remaining 6 visits of physical therapy"),
        ("Acupuncture, 6 visits", "this treatment"),
    ],
)
def test_the_same_thing_in_other_words_is_no_mistake(asked, decided_as):
    assert raised(asked, decided_as) == []


def test_a_denial_retold_accuses_nobody():
    said = "UR noted that the request for an MRI of the right knee is not medically necessary. It is not."
    assert decided(california(issue("MRI of the left knee: Upheld", said))).flags == ()


def test_a_verdict_against_its_own_rationale_is_shown_with_both_places():
    decision = decided(texas("MRI of the left knee", analysis="It locks. The requested MRI is medically necessary."))
    (flag,) = decision.flags
    assert (flag.kind, flag.issue) == ("outcome", 0)
    box, sentence = (decision.quote(*span) for span in flag.spans)
    assert box.startswith("Upheld")
    assert sentence == "The requested MRI is medically necessary."


@pytest.mark.parametrize(
    "said",
    [
        "The earlier reviewer found that the requested MRI is medically necessary. I do not.",
        "If it locked, the requested MRI is medically necessary.",
        "The surgeon would say that the requested MRI is medically necessary.",
    ],
)
def test_what_others_hold_is_no_contradiction(said):
    assert decided(texas("MRI of the left knee", analysis=said)).flags == ()


def test_a_service_no_word_is_said_about():
    parts = "[ ] Upheld\n[ ] Overturned\n[X] Partially Overturned"
    said = "The MRI of the knee is medically necessary."
    decision = decided(texas("1. MRI of the left knee\n2. Home health aide, 4 hours a day", parts, said))
    (flag,) = decision.flags
    assert (flag.kind, flag.issue) == ("undecided", 1)
    assert "Home health" in decision.quote(*flag.spans[0])


@pytest.mark.parametrize("name", SAMPLE_NAMES)
def test_no_sample_letter_is_accused(name):
    assert flags_of(samples()[name]) == ()


def test_flags_are_in_the_record_and_come_back_from_it():
    decision = decided(california(issue("MRI of the left knee: Upheld", DENIED.format("MRI of the right knee"))))
    record = to_json(decision)
    (flag,) = record["flags"]
    assert flag["quotes"][1] == "MRI of the right knee"
    assert from_json(record) == decision
