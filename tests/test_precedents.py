"""A pasted case and the decisions nearest to it: whys, contrast, gaps and rates, each proved by spans."""

import json
import time

import pytest
from letters import SAMPLES

from app.likeness import LIKE, WEIGHTS, nearest, weights
from app.precedents import rate, similar
from app.question import understand
from corpus.cues import has_polarity, mentions
from corpus.decision import Outcome
from corpus.terms import services
from index.errors import UsageError

CASE = (
    "A 39-year-old roofer fell from a ladder three months ago and has low back pain going down the left leg. The "
    "straight leg raise is positive. Naproxen did not help. An MRI of the lumbar spine is requested; UR says no red "
    "flags are documented."
)


@pytest.fixture(scope="module")
def found(index):
    return similar(index, CASE)


def test_a_pasted_case_is_answered_by_a_ranking_of_its_treatment(index):
    case = (
        "The claimant, a warehouse worker, hurt his low back while lifting. An MRI of the lumbar spine is requested. "
        * 8
    )
    finding = nearest(index, understand(case))
    scores = [member.score for member in finding.members]
    assert len(case) > 600 and scores == sorted(scores, reverse=True) and len(scores) == 3
    assert all("mri" in index.catalog.issue(member.row).treatments for member in finding.members)


def test_every_match_says_what_is_shared(found, index):
    for match in found.matches:
        issue = index.catalog.decision(match.result.decision).issues[match.result.issue]
        shared = {s.field: s.values for s in match.why}
        assert shared["treatment"] == ("mri",) and "mri" in issue.treatments
        assert sum(s.points for s in match.why) == pytest.approx(match.result.score, abs=1e-3)
        assert [s.points for s in match.why] == sorted((s.points for s in match.why), reverse=True)


def test_the_contrast_is_of_the_nearest_of_each_outcome(found):
    contrast = found.contrast
    for side, outcome in ((contrast.overturned, Outcome.OVERTURNED), (contrast.upheld, Outcome.UPHELD)):
        nearest_one = next(m for m in found.matches if m.result.outcome is outcome)
        assert (side.result.decision, side.result.issue) == (nearest_one.result.decision, nearest_one.result.issue)
    assert contrast.differences


def test_every_difference_is_a_difference_and_cited_from_its_own_letter(found):
    citations = {c.n: c for c in found.answer.citations}
    for difference in found.contrast.differences:
        sides = (difference.overturned, found.contrast.overturned), (difference.upheld, found.contrast.upheld)
        assert len({said.status if said else None for said, _ in sides}) == 2
        assert any(said and said.decisive for said, _ in sides)
        for said, match in sides:
            assert said is None or citations[said.citation].decision == match.result.decision


def test_every_citation_is_the_stored_text(found, index):
    for citation in found.answer.citations:
        text = index.catalog.decision(citation.decision).text
        assert text[citation.start : citation.end] == citation.quote


def test_a_gap_is_a_criterion_the_case_does_not_speak_of(found):
    said = {f.value.partition(":")[0] for f in found.facts if f.field == "finding"}
    assert found.gaps and all(g.citations and has_polarity(g.criterion) for g in found.gaps)
    assert not said & {g.criterion for g in found.gaps}
    assert found.gaps[0].raised and found.gaps[0].criterion == "red-flags"


def test_a_gap_closes_when_the_case_speaks_of_it(index):
    told = similar(index, CASE + " There are no red flags.")
    assert "red-flags" not in {g.criterion for g in told.gaps}


def test_of_fewer_than_twenty_only_the_count_is_told(found):
    assert found.rates[0].conditions == (("treatment", "mri"),)
    assert (found.rates[0].overturned, found.rates[0].of, found.rates[0].letters) == (1, 3, 3)
    assert all(r.share is r.low is r.high is None and len(r.members) == r.of for r in found.rates)


def test_no_rate_is_conditioned_on_which_way_a_criterion_was_decided(found):
    assert all(":" not in value for r in found.rates for _, value in r.conditions)


@pytest.mark.parametrize("dial", LIKE)
def test_the_weights_of_every_dial_are_a_whole(dial):
    assert sum(weights(dial).values()) == pytest.approx(1) and set(weights(dial)) == set(WEIGHTS)
    assert not LIKE[dial] or sum(weights(dial)[f] for f in LIKE[dial]) == pytest.approx(0.5)


def test_the_dial_changes_what_is_near(index):
    by = {dial: similar(index, CASE, like=dial) for dial in LIKE}
    assert len(by["reason"].matches) > len(by["facts"].matches)
    assert all(any(s.field in ("finding", "ground", "treatment") for s in m.why) for m in by["reason"].matches)
    with pytest.raises(UsageError, match="--like moon is not known"):
        similar(index, CASE, like="moon")


def test_a_case_of_a_treatment_nobody_disputed_has_no_precedent(index):
    nothing = similar(index, "A gym membership is requested for a man with knee pain.")
    assert nothing.answer.abstained == "no-match" and not nothing.matches and nothing.facts


def test_a_text_without_a_single_fact_has_no_precedent(index):
    assert similar(index, "What is the capital of France? I should like to know.").answer.abstained == "no-match"


def test_a_case_that_names_no_treatment_is_ranked_by_what_it_tells(index):
    found = similar(index, "A roofer with low back pain going down the left leg and a positive straight leg raise.")
    assert found.matches and not found.rates and not any(f.field == "treatment" for f in found.facts)


def test_the_json_is_an_answer_with_more(found):
    told = json.loads(json.dumps(found.to_json()))
    assert told["intent"] == "precedent" and len(told["results"]) == len(found.matches)
    assert all(result["why"] for result in told["results"])
    assert told["rates"][0]["members"][0]["outcome"] in {"upheld", "overturned"}


# ---- the case's own letter --------------------------------------------------------------------------------------


def own_words(decision, masked=False):
    """A letter without number, reviewer's words and outcome; masked, without a word that names a treatment."""
    story = [decision.text[s.start : s.end] for s in decision.sections if s.kind == "history"]
    text = "\n".join([*story, *(issue.service for issue in decision.issues)])
    for term in reversed(services().find(text, any_case=True)) if masked else ():
        text = f"{text[: term.start]}[…]{text[term.end :]}"
    return text


LETTERS = sorted(path.stem for path in SAMPLES.glob("CM*.txt"))


@pytest.mark.parametrize("masked", [False, True], ids=["whole", "masked"])
@pytest.mark.parametrize("name", LETTERS)
def test_a_letters_own_story_finds_it_first_and_leaves_it_out_of_every_rate(library, name, masked):
    decision = library.catalog.decision(library.catalog.find_decisions(name)[0])
    found = similar(library, own_words(decision, masked))
    assert found.matches[0].result.decision == decision.id and found.matches[0].result.found_by == "twin"
    assert {t.decision for t in found.twins} == {decision.id}
    assert all(m.decision != decision.id for r in found.rates for m in r.members)
    sides = (found.contrast.overturned, found.contrast.upheld) if found.contrast else ()
    assert all(side.result.decision != decision.id for side in sides)
    assert all(c.decision != decision.id for gap in found.gaps for c in found.answer.citations if c.n in gap.citations)


def test_a_case_that_only_quotes_a_letter_is_not_its_twin(library):
    decision = library.catalog.decision(library.catalog.find_decisions("CM15-9000102")[0])
    reason = decision.issues[0].reasons[0]
    quoted = decision.quote(reason.start, reason.end)
    own = "The claimant, a baker of 61 years, slipped on a wet floor and landed on the left hip and elbow. " * 3
    found = similar(library, f"{own} A cervical ESI is requested. In CM15-9000102 it was said: “{quoted}”")
    assert found.matches and not found.twins


def test_the_time_a_case_takes_grows_with_its_length_alone(library):
    page = " ".join(own_words(library.catalog.decision(id_)) for id_ in library.catalog.decision_ids())
    similar(library, page[:20_000])  # everything is loaded

    def seconds(length):
        mentions.cache_clear()
        started = time.process_time()
        similar(library, (page * (length // len(page) + 1))[:length] + str(length))
        return time.process_time() - started

    assert seconds(160_000) < 8 * max(seconds(40_000), 0.1)


def test_the_same_rate_without_twins_has_their_issues_less(index):
    whole = rate(index, (("treatment", "mri"),))
    less = rate(index, (("treatment", "mri"),), {whole.members[0].decision})
    assert (whole.of, less.of) == (3, 2)
