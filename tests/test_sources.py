"""The guidelines each side cites: their chapters and pages, with the words that name them."""

import pytest
from letters import california, decided, texas

TITLE = "Lumbar MRI: Upheld\n"
RATIONALE = "Decision rationale: {} The request is not medically necessary."


def cited(administrator: str, reviewer: str, rationale: str = "Pain.") -> list[tuple]:
    said = f"Claims Administrator guideline: {administrator}\nMAXIMUS guideline: {reviewer}\n"
    decision = decided(california(TITLE + said + RATIONALE.format(rationale)))
    for source in decision.issues[0].sources:
        assert decision.quote(source.start, source.end).strip() == decision.quote(source.start, source.end)
    return [(s.by, s.guideline, s.chapter, s.pages) for s in decision.issues[0].sources]


NONE = "The Claims Administrator did not cite any medical evidence for its decision."


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("Decision based on MTUS Low Back Complaints, page 303.", [("MTUS", "Low Back", ("303",))]),
        ("Decision based on ODG, Low Back chapter.", [("ODG", "Low Back", ())]),
        (
            "Decision based on MTUS ACOEM Chapter 12 Low Back Complaints.",
            [("MTUS", None, ()), ("ACOEM", "Low Back", ())],
        ),
        (
            "Decision based on MTUS Shoulder Complaints 2004, Section(s): Initial Care, and Knee Complaints 2004.",
            [("MTUS", "Shoulder", ()), ("MTUS", "Knee and Leg", ())],
        ),
        (
            "Decision based on Non-MTUS Citation Official Disability Guidelines (ODG) Pain (Chronic), pages 12, 14-15.",
            [("ODG", "Chronic Pain", ("12", "14-15"))],
        ),
        ("Decision based on ODG, Neck and Upper\nBack Chapter,\npg. 7.", [("ODG", "Neck and Upper Back", ("7",))]),
        ("Decision based on ODG, MRI of the shoulder.", [("ODG", None, ())]),
        (NONE, []),
    ],
)
def test_a_statement_names_chapters_and_pages(statement, expected):
    assert cited(NONE, statement) == [("reviewer", *source) for source in expected]


def test_each_side_cites_for_itself():
    assert cited("Decision based on ODG, Head Chapter.", "Decision based on MTUS Neck and Upper Back Complaints.") == [
        ("administrator", "ODG", "Head", ()),
        ("reviewer", "MTUS", "Neck and Upper Back", ()),
    ]


def test_the_rationale_adds_what_it_cites_by_chapter_or_page():
    said = "The ODG, Low Back Chapter, page 40, wants exercise first. Per the MTUS, he is young."
    assert ("reviewer", "ODG", "Low Back", ("40",)) in cited(NONE, NONE, said)
    assert not any(guideline == "MTUS" for _, guideline, *_ in cited(NONE, NONE, said))


def test_a_texas_analysis_is_read_too():
    decision = decided(texas(analysis="The ODG Low Back Chapter asks for red flags. It is not medically necessary."))
    assert [(s.guideline, s.chapter) for s in decision.issues[0].sources] == [("ODG", "Low Back")]
