"""Who speaks: findings, rules, retold reviews, requests, told apart; a pasted guideline ends where the case begins."""

import pytest

from corpus.decision import Section, Voice
from corpus.roles import Role, rationale_roles, role_of, spoken
from corpus.sentences import sentences

BY_CUES = pytest.mark.xfail(strict=True, reason="cues alone cannot tell this one; the learned role may")


@pytest.mark.parametrize(
    ("sentence", "role"),
    [
        ("The patient has not failed conservative care.", "finding"),
        ("There is no documentation of functional improvement in this case.", "finding"),
        ("The submitted records do not describe a neurologic deficit.", "finding"),
        ("I see no weakness on examination.", "finding"),
        ("The guideline criteria are not met in this case.", "finding"),
        ("The patient does not meet the guideline criteria.", "finding"),
        ("The request exceeds the ten visits which ODG allows.", "finding"),
        ("Although the patient has back pain, there is no radiculopathy.", "finding"),
        ("Although the guideline is silent, the patient has objective weakness.", "finding"),
        pytest.param("Per ODG, ten visits are allowed; the patient has had eighteen.", "finding", marks=BY_CUES),
        ("ODG recommends MRI only when radiculopathy persists.", "recital"),
        ("According to the MTUS, epidural injections require radiculopathy.", "recital"),
        ("Guidelines state that radiculopathy must be documented by examination.", "recital"),
        ("Radiculopathy must be documented by physical examination and corroborated by imaging.", "recital"),
        ("Manipulation is recommended as an option for chronic pain.", "recital"),
        ("The effect is small (Smith, 2009).", "recital"),
        ("Utilization review denied the request because radiculopathy was not documented.", "ur"),
        ("The claims administrator noted that no therapy had been tried.", "ur"),
        ("The request was non-certified on 3/4/2012 for want of radiculopathy.", "ur"),
        ("The prior reviewer felt that imaging was lacking.", "ur"),
        ("The treating surgeon argues that radiculopathy is plain.", "provider"),
        ("The provider requests another injection.", "provider"),
        ("The patient would like another injection.", "provider"),
        ("Therefore, the request is not medically necessary.", "conclusion"),
        ("Medical necessity is not established.", "conclusion"),
        ("As such, the MRI is denied.", "conclusion"),
        ("Low back pain began in 2010.", "fact"),
        pytest.param("The patient underwent a laminectomy in 2010.", "fact", marks=BY_CUES),
        pytest.param("An MRI dated 3/4/2012 shows a protrusion at L4-5.", "fact", marks=BY_CUES),
    ],
)
def test_a_sentence_has_a_role(sentence, role):
    assert role_of(sentence) == role


def voices(text: str, voice: Voice = Voice.REVIEWER, kind: str = "rationale") -> list[tuple[str, str]]:
    section = Section(kind, "", 0, len(text), voice)
    return [(text[a:b], str(spoken_by)) for (a, b), spoken_by in spoken(text, section)]


def test_in_a_rationale_rule_review_request_and_finding_have_their_own_voice():
    rationale = (
        "ODG recommends injections only for radiculopathy. Utilization review denied the request. "
        "The surgeon argues that weakness is plain. The patient has no weakness."
    )
    assert [voice for _, voice in voices(rationale)] == ["guideline", "utilization-review", "provider", "reviewer"]


def test_a_history_never_speaks_as_the_reviewer():
    story = "She fell in May. It was non-certified in June. The surgeon requests a fusion. No weakness was found."
    assert [voice for _, voice in voices(story, Voice.HISTORY, "history")] == [
        "history",
        "utilization-review",
        "provider",
        "history",
    ]


@pytest.mark.parametrize("voice", [Voice.GUIDELINE, Voice.BOILERPLATE, Voice.UNKNOWN])
def test_other_sections_keep_their_voice_whatever_they_say(voice):
    text = "The patient has no radiculopathy. Utilization review denied the request."
    assert {spoken_by for _, spoken_by in voices(text, voice, "criteria")} == {str(voice)}


def test_a_pasted_guideline_goes_on_until_the_case_is_named_again():
    text = (
        "The patient has back pain.\nCriteria for the use of epidural injections:\n"
        "1) Radiculopathy must be documented.\n2) The patient has failed exercise and drugs.\n3) Two levels.\n"
        "The submitted records do not describe radiculopathy."
    )
    roles = rationale_roles(text, sentences(text))
    assert roles[0] is Role.FINDING and roles[-1] is Role.FINDING
    assert set(roles[1:-1]) == {Role.RECITAL}


def test_every_sentence_of_a_section_is_spoken_once_and_in_order():
    text = "One. Two said the surgeon. The patient is well."
    section = Section("rationale", "", 5, len(text), Voice.REVIEWER)
    assert [span for span, _ in spoken(text, section)] == sentences(text, 5)
