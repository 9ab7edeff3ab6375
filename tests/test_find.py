"""What answers a question: every issue that does and no other, near misses with their reason, or an honest nothing."""

import pytest
from conftest import MANY
from letters import SAMPLES, labels

from app.find import find
from app.question import Piece, Question, understand
from corpus.decision import Outcome, Voice


@pytest.fixture(scope="module")
def found(index):
    """A question's finding over the six letters, by closed lists alone."""
    return lambda question: find(index, understand(question))


@pytest.fixture(scope="module")
def named(index):
    """(file, issue number) of rows."""
    return lambda rows: {(index.catalog.decision(row.decision).source.removesuffix(".txt"), row.number) for row in rows}


MEMBERS = [
    ("lumbar MRIs", {("CM13-9000201", 0), ("CM18-9000103", 0), ("IRO-900104", 0)}),
    ("lumbar MRI denials", {("CM13-9000201", 0), ("CM18-9000103", 0)}),
    ("lumbar MRI approvals", {("IRO-900104", 0)}),
    ("lumbar MRI denials in California", {("CM13-9000201", 0), ("CM18-9000103", 0)}),
    ("MRI denials in 2018", {("CM18-9000103", 0)}),
    ("MRI denials since 2013", {("CM13-9000201", 0), ("CM18-9000103", 0)}),
    ("Norco denials", {("CM15-9000102", 1)}),
    ("opioids that were partly approved", {("IRO-900111", 0)}),
    ("Soma or PT denials", {("IRO-900111", 1), ("CM13-9000201", 1), ("IRO-900104", 1)}),
    ("facet injections at L4-5", {("IRO-900118", 0)}),
    ("requests with code 72148", {("IRO-900104", 0)}),
    ("EMG of both legs", {("CM18-9000103", 1)}),
    ("drug screens", {("IRO-900111", 2)}),
]


@pytest.mark.parametrize(("question", "members"), MEMBERS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_issue_that_meets_the_conditions_and_no_other(found, named, question, members):
    finding = found(question)
    assert named(member.row for member in finding.members) == members
    assert not finding.abstained and all(member.found_by == "ledger" for member in finding.members)


@pytest.mark.parametrize("question", [question for question, _ in MEMBERS])
def test_members_and_those_left_out_never_meet(found, index, question):
    finding = found(question)
    members, left_out = {m.row for m in finding.members}, {row for row, _ in finding.excluded}
    assert not members & left_out and all(why for _, why in finding.excluded)
    assert len(left_out) == len(finding.excluded)


def test_the_left_out_are_those_of_the_other_outcome(found, named):
    finding = found("lumbar MRI denials")
    assert named(row for row, _ in finding.excluded) == {("IRO-900104", 0)}
    assert [why for _, why in finding.excluded] == ["overturned"]


@pytest.mark.parametrize("question", [question for question, _ in MEMBERS])
def test_every_member_is_proved_by_a_span_of_its_letter(found, index, question):
    for member in found(question).members:
        decision = index.catalog.decision(member.row.decision)
        for proof in member.proofs:
            assert 0 <= proof.start < proof.end <= len(decision.text) and proof.voice is Voice.REVIEWER


def test_only_a_count_has_a_whole(found):
    assert found("how many lumbar MRIs were denied").of == 3
    assert found("lumbar MRI denials").of is None


ABSTENTIONS = [
    ("gym membership denials", "no-match", "gym"),
    ("How many shockwave denials were there?", "no-match", "shockwave"),
    ("Why was CM99-1234567 denied?", "no-match", "CM99-1234567"),
    ("lumbar MRI denials in Texas", "empty-intersection", "outcome"),
    ("MRIs denied in 1999", "empty-intersection", "1999"),
    ("cervical ESI denials", "empty-intersection", "outcome"),
    ("Why was the ESI in CM15-9000102 denied?", "false-premise", "overturned"),
    ("Why was the Norco in CM15-9000102 approved?", "false-premise", "upheld"),
    ("What is the fee schedule for an MRI?", "out-of-scope", "fee schedule"),
    ("What are the penalties for late payment?", "out-of-scope", "penalt"),
]


@pytest.mark.parametrize(("question", "kind", "said"), ABSTENTIONS)
def test_nothing_is_said_to_be_nothing_and_why(found, question, kind, said):
    finding = found(question)
    assert (finding.abstained, finding.members, finding.of) == (kind, (), None)
    assert said.lower() in finding.because.lower()


def test_an_empty_intersection_says_what_each_condition_left_out_would_bring(found, index):
    finding = found("cervical ESI denials")
    assert dict(finding.relaxations) == {"outcome": 1}
    assert [(index.catalog.issue(row).outcome, why) for row, why in finding.excluded] == [
        (Outcome.OVERTURNED, "overturned")
    ]


@pytest.mark.parametrize("intent", ["list", "facet"])
def test_the_same_conditions_find_the_same_whatever_the_intent(index, intent):
    question = Question("?", intent, (Piece("treatment", "mri", "MRI"), Piece("outcome", "upheld", "denied")))
    assert len(find(index, question).members) == 2


def test_a_reading_undone_widens_the_finding(index, named):
    question = understand("lumbar MRI denials").without(frozenset({("outcome", "upheld")}))
    assert len(find(index, question).members) == 3


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Why was the Norco in CM15-9000102 denied?", {("CM15-9000102", 1)}),
        ("why did the reviewer of IRO-900111 refuse the Soma", {("IRO-900111", 1)}),
        ("Why was the ESI in CM15-9000102 granted?", {("CM15-9000102", 0)}),
    ],
)
def test_why_is_answered_by_the_one_issue_asked_about(found, named, question, expected):
    assert named(member.row for member in found(question).members) == expected


@pytest.mark.parametrize(
    "question", ["lumbar MRI denials because nothing had changed", "MRIs denied for lack of red flags"]
)
def test_a_reason_can_be_asked_for_with_any_encoder(index, question):
    find(index, understand(question, index.encoder.encode_query))


# ---- against the gold of the samples ------------------------------------------------------------


def gold(treatment: str, outcome: str) -> set[tuple[str, int]]:
    rows = labels(*sorted(SAMPLES.glob("gold-*.jsonl")))
    wanted = [
        r
        for r in rows
        if r["file"].removesuffix(".txt") in MANY and treatment in r["treatment"] and r["outcome"] == outcome
    ]
    return {(r["file"].removesuffix(".txt"), r["issue"]) for r in wanted}


@pytest.mark.parametrize(
    ("question", "treatment", "outcome"),
    [
        ("ESI denials", "esi", "upheld"),
        ("epidurals that were granted", "esi", "overturned"),
        ("which MRIs were denied", "mri", "upheld"),
        ("opioid denials", "opioid", "upheld"),
        ("physical therapy denials", "physical-therapy", "upheld"),
        ("acupuncture approvals", "acupuncture", "overturned"),
    ],
)
@pytest.mark.model
def test_lists_are_those_of_the_gold(real, question, treatment, outcome):
    rows = [member.row for member in find(real, understand(question)).members]
    assert {(real.catalog.decision(r.decision).source.removesuffix(".txt"), r.number) for r in rows} == gold(
        treatment, outcome
    )
