"""What a pasted case says of itself: every fact with the words it was read from, findings with their polarity."""

import pytest

from app.case import FIELDS, read_case, stage
from index.errors import UsageError

READ = [
    # the service in dispute
    ("The orthopedist requests an MRI of the left knee.", "treatment", {"mri"}),
    ("The orthopedist requests an MRI of the left knee.", "side", {"left"}),
    ("Norco was refused; he had physical therapy.", "treatment", {"opioid"}),
    ("Norco was refused; he had physical therapy.", "drug", {"hydrocodone"}),
    (
        "He takes Norco. Ten visits of PT are done. The doctor orders eight more visits.",
        "treatment",
        {"physical-therapy"},
    ),
    ("On Ultram for months, PT before that. The PTP requests a refill of 60 tablets.", "treatment", {"opioid"}),
    ("An ESI at L5-S1 is requested, the MRI is old.", "level", {"L5-S1"}),
    ("There is no talk of surgery. A lumbar MRI is ordered.", "treatment", {"mri"}),
    # what the patient has
    ("Diagnosis: carpal tunnel syndrome.", "diagnosis", {"carpal-tunnel"}),
    ("There is no fracture. Diagnosis is rotator cuff tear.", "diagnosis", {"rotator-cuff-tear"}),
    ("Naproxen and gabapentin did not help.", "tried", {"nsaid", "anticonvulsant"}),
    ("So far ibuprofen; no formal physical therapy yet.", "tried", {"nsaid"}),
    ("UR cited ODG and the MTUS.", "guideline", {"ODG", "MTUS"}),
    ("The Texas carrier denied it and an IRO will look at it.", "jurisdiction", {"TX"}),
    ("IMR was asked for.", "jurisdiction", {"CA"}),
    ("He hurt his back seven weeks ago.", "since-injury", {"7 weeks"}),
    ("Neck pain began. Injury 3 months ago.", "since-injury", {"13 weeks"}),
    ("Date of Injury: 01/02/2020\nRequest of 01/30/2020.", "since-injury", {"4 weeks"}),
    # findings, as charts word them
    ("SLR pos at 40 degrees.", "finding", {"radiculopathy:present"}),
    ("Straight leg raise negative on both sides.", "finding", {"radiculopathy:absent"}),
    ("Ankle jerk gone.", "finding", {"radiculopathy:present", "neuro-deficit:present"}),
    ("Strength 5/5, sensation normal.", "finding", {"neuro-deficit:absent"}),
    ("Great toe 3/5.", "finding", {"neuro-deficit:present"}),
    ("Grip is a little weak.", "finding", {"neuro-deficit:present"}),
    ("No numbness or weakness.", "finding", {"neuro-deficit:absent"}),
    ("X-rays are normal.", "finding", {"imaging-corroboration:absent"}),
    ("MRI shows a medial tear.", "finding", {"imaging-corroboration:present"}),
    ("Nobody has mentioned cancer.", "finding", {"red-flags:absent"}),
    ("McMurray positive.", "finding", {"exam-findings:present"}),
    ("Full range of motion.", "finding", {"exam-findings:absent"}),
    (
        "Twelve PT visits did nothing. The doctor requests more PT.",
        "finding",
        {"conservative-care:present", "prior-response:absent"},
    ),
    ("He has only rested.", "finding", {"conservative-care:absent"}),
    ("65% better after the first ESI. A second ESI is requested.", "finding", {"prior-response:present"}),
    ("PT did not help. An ESI is requested.", "finding", {"conservative-care:present"}),
    ("Rationale: There is no home exercise program.", "ground", {"home-exercise:absent"}),
    ("Rationale: There is no home exercise program.", "finding", set()),
    ("Rationale for denial:\nODG asks for radiculopathy.\nNo goals are told.\nPlan: ESI", "finding", set()),
    ("No CURES, no UDS.", "finding", {"opioid-monitoring:absent"}),
    ("There is no evidence of radiculopathy.", "finding", {"radiculopathy:absent"}),
    # what the denial says is no finding, and what a guideline demands is neither
    ("UR says conservative care is not complete.", "ground", {"conservative-care:absent"}),
    ("UR says conservative care is not complete.", "finding", set()),
    ("ODG requires that radiculopathy must be documented.", "finding", set()),
]


@pytest.mark.parametrize(("text", "field", "values"), READ, ids=[f"{field}: {text}" for text, field, _ in READ])
def test_facts_are_read(text, field, values):
    assert set(read_case(text).values(field)) == values


LONG = " ".join(dict.fromkeys(text for text, _, _ in READ))


def test_every_fact_is_the_words_at_its_place():
    facts = read_case(LONG).facts
    assert len(facts) > 20
    for fact in facts:
        start, end = fact.sentence
        assert LONG[fact.start : fact.end] == fact.words and start <= fact.start < fact.end <= end


def test_facts_come_in_the_order_of_the_fields_each_once():
    facts = read_case(LONG).facts
    assert [f.field for f in facts] == sorted((f.field for f in facts), key=FIELDS.index)
    assert len({(f.field, f.value) for f in facts}) == len(facts)


def test_a_reading_can_be_undone_and_another_put_in():
    case = read_case("A lumbar MRI is requested.").corrected([("region", "lumbar")], [("region", "cervical")])
    assert case.values("region") == ("cervical",) and case.values("treatment") == ("mri",)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("colour", "red", "colour is no fact of a case; the facts are: treatment"),
        ("treatment", "prayer", "treatment=prayer is not known; choose among: mri"),
        ("finding", "radiculopathy", "choose among: radiculopathy:present"),
        ("since-injury", "soon", "not a time in weeks"),
    ],
)
def test_what_is_put_in_must_be_known(field, value, message):
    with pytest.raises(UsageError, match=message):
        read_case("A lumbar MRI is requested.").corrected([], [(field, value)])


def test_of_a_long_case_the_sentences_with_facts_are_searched_for():
    filler = "Page intentionally left to the clerk of the file room. " * 400
    case = read_case(f"Case Number: CM16-9900001\n{filler}A lumbar MRI is requested. Ankle jerk gone. {filler}")
    assert case.story == "A lumbar MRI is requested. Ankle jerk gone."


@pytest.mark.parametrize(
    ("weeks", "name"), [(1, "acute"), (4, "acute"), (5, "subacute"), (13, "subacute"), (60, "chronic")]
)
def test_the_stage_of_an_injury(weeks, name):
    assert stage(weeks) == name
