"""Concluding sentences of both states' reviewers -> the outcome, and the sentences that conclude nothing."""

import pytest

from corpus.decision import Outcome
from corpus.verdict import verdict_in_prose, verdict_in_sentence, verdict_of

UPHELD, OVERTURNED, MIXED, UNCLEAR = Outcome.UPHELD, Outcome.OVERTURNED, Outcome.MIXED, Outcome.UNCLEAR

REFUSALS = [
    "The requested MRI is not medically necessary.",
    "Therefore, the request for physical therapy is not medically necessary and appropriate.",
    "As such, medical necessity has not been established.",
    "Medical necessity for the brace cannot be established from the records sent.",
    "The documentation does not support medical necessity.",
    "Not medically necessary.",
    "The injection fails to meet the standard of medical necessity.",
    "The request lacks medical necessity.",
    "The surgery is therefore considered medically unnecessary.",
    "Neither the scan nor the block is medically necessary.",
    "The service cannot be considered medically necessary.",
    "The request can not be recommended as medically necessary.",
    "I find no medical necessity for the stimulator.",
    "The refills were not medically necessary.",
    "The request is not certified.",
    "Continued use is not recommended and the request is non-certified.",
    "The request is declined.",
    "The fusion is denied.",
    "The request is not supported.",
    "It follows that the drug is not warranted.",
    "Without those findings the study is not indicated.",
    "I uphold the denial.",
    "I uphold but not for the reason given by UR.",
    "No brace, sling, or cane has been shown to be medically necessary.",
    "The requested MRI is not, in my opinion, medically necessary.",
    "Although an injection is indicated for radiculopathy, this request is not medically necessary.",
    "The denial of the MRI as not medically necessary is upheld.",
    "The reviewer finds no medical reason to overturn the denial.",
    "The decision to deny the MRI was correct.",
    "The brace is denied, as the surgery is not medically necessary.",
    "The previous denial is upheld.",
    "The prior adverse determination should be upheld.",
    "The adverse determination stands.",
    "The non-certification is affirmed.",
    "We agree with the carrier's denial of the discogram.",
    "THE REQUEST IS NOT MEDICALLY NECESSARY.",
    "This request isn't medically necessary.",
    "The therapy wasn’t medically necessary.",
    "The reviewer concurs with the earlier determination.",
    "We have decided not to change the original decision.",
]
GRANTS = [
    "The MRI is medically necessary.",
    "The requested item is medically necessary and appropriate.",
    "The reviewer finds that the arthroscopy is medically necessary.",
    "The scan was and is medically necessary, and the plan has been told to cover it.",
    "The request is therefore deemed medically necessary.",
    "Medical necessity has been established.",
    "Medical necessity is established for the two visits.",
    "Medically necessary.",
    "The request is certified.",
    "The request is granted.",
    "The request is warranted.",
    "The injection is hereby approved.",
    "The insurer's refusal is set aside and the operation is authorized.",
    "The denial is overturned.",
    "The prior adverse determination should be overturned.",
    "Per the guidelines, the request is medically necessary.",
    "The surgery is reasonable and necessary.",
    "There is no evidence of red flags and the therapy is medically necessary.",
    "Given the lack of improvement with therapy, the injection is medically necessary.",
    "One fill without refills is medically necessary.",
    "The prior denial is not supported by the record.",
    "The decision to deny the MRI was in error.",
    "I part company with the utilization reviewer.",
    "The denial of a medically necessary service is overturned.",
    "I would reverse the denial.",
    "I disagree with the previous determination.",
    "The MRI meets the definition of medical necessity.",
    "I find the therapy medically necessary.",
    "The denial of the MRI cannot be sustained.",
    "I cannot agree with the denial.",
    "I do not agree with the denial.",
    "There is no reason to uphold the denial.",
    "The denial should not be upheld.",
    "The denial was not appropriate.",
    "The drug is not only helpful but medically necessary.",
]
IN_PART = [
    "One fill is medically necessary; the two refills are not.",
    "The determination is overturned with regard to the therapy and upheld with regard to the scan.",
    "Seven days of rental Overturned; days 8 through 30 Upheld",
    "The request is partially certified.",
    "The request is certified in part.",
    "The MRI is medically necessary but the therapy is not medically necessary.",
    "Six visits are medically necessary, the other six are not medically necessary.",
]
NOTHING = [
    "The patient is a 42-year-old man with back pain.",
    "Range of motion is not limited.",
    "He was not able to return to work.",
    "The patient denied numbness.",
    "She is being treated with gabapentin.",
    "X-rays were not obtained.",
    "There is no documentation of a home exercise program.",
    "Radiculopathy must be documented by physical examination.",
    "The surgery was performed in May.",
    "An MRI would be medically necessary if red flags were present.",
    "The question is whether the MRI is medically necessary.",
    "Is the MRI medically necessary?",
    "The second reviewer upheld the denial.",
    "The treating physician states the MRI is medically necessary.",
    "",
]
TABLE = [
    (sentence, outcome)
    for sentences, outcome in ((REFUSALS, UPHELD), (GRANTS, OVERTURNED), (IN_PART, MIXED), (NOTHING, None))
    for sentence in sentences
]


@pytest.mark.parametrize(("sentence", "outcome"), TABLE)
def test_a_sentence_concludes(sentence, outcome):
    assert verdict_in_sentence(sentence) == outcome


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("Lumbar MRI: Upheld", UPHELD),
        ("Physical therapy, 12 visits - Overturned", OVERTURNED),
        ("Norco 10/325 mg #60 – Partially Overturned", MIXED),
        ("Norco 10/325 mg — modified", MIXED),
        ("The knee brace: UPHELD.", UPHELD),
    ],
)
def test_a_title_ends_in_its_verdict(line, outcome):
    assert verdict_in_sentence(line) is outcome


@pytest.mark.parametrize(
    ("word", "outcome"),
    [
        ("Upheld", UPHELD),
        ("uphold", UPHELD),
        ("Overturned", OVERTURNED),
        ("REVERSED", OVERTURNED),
        ("Partially Overturned", MIXED),
        ("Partly Overturned", MIXED),
        ("Modified", MIXED),
        ("certified in part", MIXED),
    ],
)
def test_a_verdict_word_means_one_outcome(word, outcome):
    assert verdict_of(word) is outcome


@pytest.mark.parametrize(
    ("prose", "outcome", "proof"),
    [
        ("Weakness is new. The MRI is medically necessary.", OVERTURNED, "The MRI is medically necessary."),
        (
            "The carrier denied the MRI as not medically necessary. Weakness is new. The MRI is medically necessary.",
            OVERTURNED,
            "The MRI is medically necessary.",
        ),
        (
            "The MRI is medically necessary. The utilization reviewer stated that it was not medically necessary.",
            OVERTURNED,
            "The MRI is medically necessary.",
        ),
        (
            "The first denial said the drug was not indicated. So did the second. The drug is medically necessary.",
            OVERTURNED,
            "The drug is medically necessary.",
        ),
        (
            "The drug is not medically necessary. Should circumstances change, it may be appropriate.",
            UPHELD,
            "The drug is not medically necessary.",
        ),
        (
            "The request is not medically necessary. A shorter course would be indicated.",
            UPHELD,
            "The request is not medically necessary.",
        ),
        ("Medical necessity is the question here. The collar is denied.", UPHELD, "The collar is denied."),
        (
            "Ten days are medically necessary. Ten days are not.",
            MIXED,
            "Ten days are medically necessary. Ten days are not.",
        ),
        (
            "The drug is medically necessary\nand\nappropriate.",
            OVERTURNED,
            "The drug is medically necessary\nand\nappropriate.",
        ),
        ("The prior reviewer felt that the injection was not medically necessary.", UNCLEAR, None),
        ("ODG guidelines recommend MRI as medically necessary in such cases. He was seen.", UNCLEAR, None),
        ("He has back pain.", UNCLEAR, None),
        ("", UNCLEAR, None),
        (
            "The request was denied on 1/2/2012. I find the therapy medically necessary.",
            OVERTURNED,
            "I find the therapy medically necessary.",
        ),
        ("The carrier's letter states that the operation is not medically necessary.", UNCLEAR, None),
        ("According to the URA, the request is not medically necessary.", UNCLEAR, None),
        (
            "In the insurer's view, the procedure is not medically necessary. It is.",
            OVERTURNED,
            "It is.",
        ),
    ],
)
def test_prose_concludes_in_the_reviewers_own_last_word(prose, outcome, proof):
    found, span = verdict_in_prose(prose, 0, len(prose))
    assert (found, span and prose[slice(*span)]) == (outcome, proof)


def test_only_the_asked_part_of_a_text_is_read():
    text = "The MRI is medically necessary. The brace is not medically necessary."
    assert verdict_in_prose(text, 0, 31)[0] is OVERTURNED
    assert verdict_in_prose(text, 31, len(text))[0] is UPHELD
