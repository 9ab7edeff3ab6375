"""Texas IRO letters in odd shapes: services, boxes, outcomes, rationales and sources."""

import pytest
from letters import LAYOUTS, NECESSARY, TEXAS_FORM, UNNECESSARY, decided, samples, texas

from corpus.read import document
from corpus.texas import recognises

TWO = "1. MRI of the lumbar spine (72148)\n2. Physical therapy, 12 visits"
IN_PART = "[ ] Upheld (Agree)\n[ ] Overturned (Disagree)\n[X] Partially Overturned (Agree in part)"


def outcomes(text: str) -> list[str]:
    return [str(issue.outcome) for issue in decided(text).issues]


def services(text: str) -> list[str]:
    return [issue.service for issue in decided(text).issues]


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_no_layout_changes_what_was_decided(layout):
    decision = decided(layout(texas(TWO, analysis="1. The MRI is not needed.\n2. The therapy is not needed.")))
    assert (decision.jurisdiction, decision.kind, decision.case_number) == ("TX", "iro", "900900")
    assert decision.dates["decision"] == "2011-03-14"
    assert decision.patient == {"age": 44, "sex": "male"}
    assert [(i.number, i.treatments, str(i.outcome)) for i in decision.issues] == [
        (0, ("mri",), "upheld"),
        (1, ("physical-therapy",), "upheld"),
    ]
    assert {i.guidelines["reviewer"][0] for i in decision.issues} == {"ODG"}


@pytest.mark.parametrize(
    ("boxes", "expected"),
    [
        ("[X] Upheld (Agree)\n[ ] Overturned (Disagree)", "upheld"),
        ("[ ] Upheld (Agree)\n[X] Overturned (Disagree)", "overturned"),
        ("[ ] Upheld (Agree)\n[ x ] Overturned (Disagree)", "overturned"),
        ("( ) Upheld\n(X) Overturned\n( ) Partially Overturned", "overturned"),
        ("☐ Upheld (Agree)\n☒ Overturned (Disagree)", "overturned"),
        ("☑ Upheld\n☐ Overturned", "upheld"),
        ("□ Upheld\n■ Overturned\n□ Partially Overturned", "overturned"),
        ("___ Upheld\n_X_ Overturned\n___ Partially Overturned", "overturned"),
        ("__X__ Upheld (Agree) _____ Overturned (Disagree)", "upheld"),
        ("_____ Upheld (Agree) __X__ Overturned (Disagree)", "overturned"),
        ("X Upheld (Agree)", "upheld"),
        ("Overturned (Disagree)", "overturned"),
        ("[ ] Upheld\n[X] Overturned\n[ ] Partially\nOverturned", "overturned"),
        ("[X]\nUpheld (Agree)\n[ ]\nOverturned (Disagree)", "upheld"),
        ("[X]   UPHELD", "upheld"),
        ("✓ Overturned", "overturned"),
        ("[ ] Upheld\n[√] Overturned", "overturned"),
        ("Upheld (Agree) [ ]\nOverturned (Disagree) [X]\nPartially Overturned [ ]", "overturned"),
        ("Upheld (Agree) __X__   Overturned (Disagree) _____   Partially Overturned _____", "upheld"),
        ("Upheld (Agree): No\nOverturned (Disagree): Yes", "overturned"),
        ("\uf0a8 Upheld\n\uf0fe Overturned", "overturned"),
        ("XX Upheld (Agree)\nOverturned (Disagree)", "upheld"),
        ("☐ Upheld ☐ Overturned ☑ Upheld in part / Overturned in part", "mixed"),
        (IN_PART, "mixed"),
    ],
)
def test_the_checked_box_is_the_outcome(boxes, expected):
    assert outcomes(texas(boxes=boxes, analysis="The reasons are these.")) == [expected]


def test_the_outcome_points_at_its_own_word():
    decision = decided(texas(boxes="[ ] Upheld\n[X] Overturned"))
    assert decision.quote(*decision.issues[0].outcome_span) == "Overturned"


@pytest.mark.parametrize("boxes", ["", "Upheld\nOverturned\nPartially Overturned", "[ ] Upheld\n[ ] Overturned"])
@pytest.mark.parametrize(("analysis", "expected"), [(UNNECESSARY, "upheld"), (NECESSARY, "overturned")])
def test_where_the_boxes_were_lost_the_analysis_decides(boxes, analysis, expected):
    assert outcomes(texas(boxes=boxes, analysis=analysis)) == [expected]


def test_neither_box_nor_prose_leaves_the_outcome_unclear():
    (issue,) = decided(texas(boxes="", analysis="The knee was looked at.")).issues
    assert (issue.outcome, issue.outcome_span) == ("unclear", None)


def test_a_box_against_the_analysis_is_warned_of():
    decision = decided(texas(boxes="[X] Upheld\n[ ] Overturned", analysis=NECESSARY))
    assert decision.issues[0].outcome == "upheld"
    assert any("box" in warning for warning in decision.warnings)
    assert not decided(texas()).warnings


@pytest.mark.parametrize(
    ("disputed", "expected"),
    [
        ("MRI of the lumbar spine", ["MRI of the lumbar spine"]),
        ("Lumbar\nMRI.", ["Lumbar MRI"]),
        ("1. Lumbar MRI\n2. EMG/NCV of the legs", ["Lumbar MRI", "EMG/NCV of the legs"]),
        ("(1) Lumbar MRI (2) Norco 10/325 mg #120", ["Lumbar MRI", "Norco 10/325 mg #120"]),
        ("• Lumbar MRI\n• Acupuncture", ["Lumbar MRI", "Acupuncture"]),
        ("Lumbar MRI; acupuncture, 6 visits", ["Lumbar MRI", "acupuncture, 6 visits"]),
        ("Lumbar MRI and acupuncture", ["Lumbar MRI", "acupuncture"]),
        ("MRI with and without contrast", ["MRI with and without contrast"]),
        (
            "L4-5 epidural steroid injection with fluoroscopy and sedation",
            ["L4-5 epidural steroid injection with fluoroscopy and sedation"],
        ),
        ("Physical therapy, 3 visits a week, for 4 weeks", ["Physical therapy, 3 visits a week, for 4 weeks"]),
        (
            "Cream of ketoprofen 10%, lidocaine 5% and gabapentin 6%",
            ["Cream of ketoprofen 10%, lidocaine 5% and gabapentin 6%"],
        ),
        ("EMG and NCV of the arms", ["EMG and NCV of the arms"]),
        ("MRI cervical spine, MRI right shoulder", ["MRI cervical spine", "MRI right shoulder"]),
        (
            "Knee arthroscopy\nCold therapy unit, 30 day rental",
            ["Knee arthroscopy", "Cold therapy unit, 30 day rental"],
        ),
        ("1. Lumbar fusion\n2. Inpatient stay, 3 days", ["Lumbar fusion", "Inpatient stay, 3 days"]),
        ("Cervical fusion C5-6, C6-7 with inpatient stay", ["Cervical fusion C5-6, C6-7 with inpatient stay"]),
        ("Is the requested L3-4 discogram medically necessary?", ["L3-4 discogram"]),
    ],
)
def test_what_is_decided_on_its_own_is_an_issue_of_its_own(disputed, expected):
    assert services(texas(disputed)) == expected


def test_the_forms_own_sentence_is_never_a_service():
    assert services(texas(f"MRI of the lumbar spine\n{TEXAS_FORM}\n[X] Upheld")) == ["MRI of the lumbar spine"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ("Lumbar MRI    Upheld\nAcupuncture    Overturned", ["upheld", "overturned"]),
        ("1. Lumbar MRI: Overturned\n2. Acupuncture: Upheld", ["overturned", "upheld"]),
        ("Lumbar MRI - Upheld\nAcupuncture - Partially Overturned", ["upheld", "mixed"]),
        ("• Lumbar MRI – UPHELD\n• Acupuncture – UPHELD", ["upheld", "upheld"]),
    ],
)
def test_a_table_of_services_carries_its_own_verdicts(rows, expected):
    assert outcomes(texas(rows, boxes="")) == expected


@pytest.mark.parametrize(
    "analysis",
    [
        "The MRI is medically necessary. The physical therapy is not medically necessary.",
        "1. The MRI is medically necessary.\n2. The physical therapy is not medically necessary.",
        "The MRI is medically necessary, but the physical therapy is not medically necessary.",
        "The MRI is medically necessary; the physical therapy is not medically necessary.",
        "The physical therapy is not medically necessary. Weakness is new, and the MRI is medically necessary.",
        "Denial of the MRI is overturned. Denial of the physical therapy is upheld.",
    ],
)
def test_in_part_means_each_service_has_its_own_outcome(analysis):
    assert outcomes(texas(TWO, IN_PART, analysis)) == ["overturned", "upheld"]


def test_where_no_sentence_decides_a_service_its_outcome_is_unclear():
    assert outcomes(texas(TWO, IN_PART, "The MRI is medically necessary.")) == ["overturned", "unclear"]


def test_a_verdict_under_the_services_own_heading_counts():
    analysis = "MRI:\nWeakness is new. Approved.\n\nPhysical therapy:\nHe has had enough of it. Denied."
    assert outcomes(texas(TWO, IN_PART, analysis)) == ["overturned", "upheld"]


def test_a_sentence_after_the_boxes_is_not_read_together_with_them():
    boxes = f"{IN_PART}\n\nThe MRI is medically necessary. The physical therapy is not medically necessary."
    assert outcomes(texas(TWO, boxes, "The reasons are these.")) == ["overturned", "upheld"]


def test_numbered_verdicts_under_the_box_belong_to_the_numbered_services():
    boxes = f"{IN_PART}\n\n(1) Medically necessary.\n(2) Not medically necessary."
    assert outcomes(texas(TWO, boxes, "The reasons are these.")) == ["overturned", "upheld"]


@pytest.mark.parametrize(
    "said",
    [
        "MRI of the lumbar spine    Yes\nPhysical therapy    No",
        "MRI of the lumbar spine -- Overturned\nPhysical therapy, 12 visits -- Upheld",
        "Item 1 is approved. Item 2 is denied.",
        "The determination is overturned with regard to the MRI and upheld with regard to physical therapy.",
    ],
)
def test_what_is_written_under_the_boxes_decides_each_service(said):
    assert outcomes(texas(TWO, f"{IN_PART}\n\n{said}", "The reasons are these.")) == ["overturned", "upheld"]


def test_a_service_can_itself_be_decided_in_part():
    analysis = "Six visits of physical therapy are medically necessary. Six visits are not. The MRI is not warranted."
    assert outcomes(texas(TWO, IN_PART, analysis)) == ["upheld", "mixed"]


def test_a_running_title_and_a_wrapped_line_open_no_section():
    story = "No weakness is\nclinical history to speak of.\n\nIRO CASE #: 900900\nPage 3 of 5\n\n" + UNNECESSARY
    (only,) = (decision := decided(texas(analysis=story))).issues
    assert decision.quote(*only.rationale) == story


def test_each_service_keeps_its_own_numbered_argument():
    decision = decided(texas(TWO, analysis="1. No weakness was found.\n2. Ten visits are enough."))
    own = [decision.quote(*i.rationale) for i in decision.issues]
    assert own == ["No weakness was found.", "Ten visits are enough."]


def test_arguments_in_the_other_order_go_to_their_services():
    decision = decided(texas(TWO, analysis="The physical therapy exceeds the rule. The MRI shows nothing new."))
    assert [decision.quote(*i.rationale) for i in decision.issues] == [
        "The MRI shows nothing new.",
        "The physical therapy exceeds the rule.",
    ]


def test_one_argument_for_all_belongs_to_all():
    decision = decided(texas(TWO, analysis="Nothing is documented."))
    assert {decision.quote(*i.rationale) for i in decision.issues} == {"Nothing is documented."}


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ("[X] ODG- OFFICIAL DISABILITY GUIDELINES\n[ ] INTERQUAL CRITERIA", ["ODG"]),
        ("[ ] ODG\n[X] INTERQUAL CRITERIA", ["INTERQUAL"]),
        ("☐ ODG\n☒ INTERQUAL CRITERIA", ["INTERQUAL"]),
        ("[ ] ODG\n[ ] INTERQUAL CRITERIA", []),
        ("ODG was used.", ["ODG"]),
        ("", []),
    ],
)
def test_only_checked_guidelines_are_sources(criteria, expected):
    assert decided(texas(criteria=criteria)).issues[0].guidelines["reviewer"] == expected


@pytest.mark.parametrize(
    ("case", "expected"),
    [("900900", "900900"), ("IRO-900900", "IRO-900900"), ("2011-900900", "2011-900900"), ("", None), ("XXXX", None)],
)
def test_a_case_number_is_read_or_null_never_invented(case, expected):
    assert decided(texas(case=case)).case_number == expected


@pytest.mark.parametrize(
    "heading",
    [
        "SERVICES IN DISPUTE",
        "SERVICE IN DISPUTE",
        "Description of the Service or Services in Dispute",
        "A DESCRIPTION OF THE HEALTH CARE SERVICES IN DISPUTE",
        "DESCRIPTION OF THE SERVICE(S) IN DISPUTE",
        "1. DESCRIPTION OF THE SERVICE OR SERVICES\n   IN DISPUTE",
        "SERVICES UNDER REVIEW",
    ],
)
def test_the_heading_of_the_services_varies(heading):
    assert services(texas("Lumbar MRI", service_heading=heading)) == ["Lumbar MRI"]


@pytest.mark.parametrize("label", ["Case Number", "Case No.", "Reference Number"])
def test_the_label_of_the_case_number_varies(label):
    assert decided(texas().replace("IRO CASE #", label)).case_number == "900900"


def test_a_letter_that_lost_its_header_still_counts():
    text = texas()
    decision = decided(text[text.index("DESCRIPTION OF THE SERVICE") :])
    assert (decision.kind, decision.case_number, decision.dates["decision"]) == ("iro", None, None)
    assert len(decision.issues) == 1


def test_a_letter_that_only_names_an_iro_is_not_one():
    text = "Dear member, you may ask for an IRO to look at this again. MRI is denied."
    assert not recognises(document("x", text.encode(), [text]))


def test_the_reviewer_is_told_by_his_certificate():
    assert [name.lower() for name in decided(texas()).reviewer["specialties"]] == ["neurology"]


def test_every_texas_sample_is_recognised():
    texan = [d for name, d in samples().items() if name.startswith("IRO")]
    assert len(texan) >= 24 and {d.kind for d in texan} == {"iro"}


PASTED = """{own}

{heading}
Surgery is an option. Repeat injections are not medically necessary without relief. It is not recommended otherwise."""


@pytest.mark.parametrize("heading", ["ODG Shoulder Chapter", "From the ODG, Neck and Upper Back:", "Per the ODG"])
@pytest.mark.parametrize(
    ("own", "outcome"),
    [
        ("He has failed all else. I disagree with the carrier.", "overturned"),
        ("He has failed all else. The injection is medically necessary.", "overturned"),
        ("Nothing was tried. I agree with the carrier.", "upheld"),
    ],
)
def test_a_pasted_guideline_decides_nothing(own, outcome, heading):
    letter = texas("Cervical ESI C5-6", boxes="", analysis=PASTED.format(own=own, heading=heading))
    assert decided(letter).issues[0].outcome == outcome


def test_what_follows_a_pasted_guideline_about_the_case_counts_again():
    said = PASTED.format(own="The ODG is quoted.", heading="ODG Neck Chapter")
    letter = texas("Cervical ESI", boxes="", analysis=said + "\n\nIn this case the injection is medically necessary.")
    assert decided(letter).issues[0].outcome == "overturned"


def test_labels_in_capitals_open_their_sections_on_their_own_line():
    letter = (
        "IRO CASE NO. 91001\nDATE OF REVIEW: 05/06/2013\nSERVICE IN DISPUTE: MRI right shoulder\nREVIEWER: a surgeon\n"
        "REVIEW OUTCOME:\n____ Upheld   __X__ Overturned\nRECORDS: notes\nHISTORY: pain\n"
        "ANALYSIS: It is torn.\nCRITERIA: ODG"
    )
    (issue,) = decided(letter).issues
    assert (issue.service, issue.outcome) == ("MRI right shoulder", "overturned")
    assert decided(letter).quote(*issue.rationale) == "It is torn."


def test_an_outcome_behind_its_label_ends_the_list_of_services():
    letter = "IRO CASE: 94004\nDate of notice: 9/7/2017\nServices in dispute: Gralise 600mg #90 and Pennsaid 112 gm\n"
    decision = decided(letter + "Outcome: Uphold\nRationale: He has neither shingles nor a bad knee.\n")
    assert [(i.service, str(i.outcome)) for i in decision.issues] == [
        ("Gralise 600mg #90", "upheld"),
        ("Pennsaid 112 gm", "upheld"),
    ]
