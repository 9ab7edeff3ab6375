"""Polarity: the same finding asserted and denied, in the many grammars reviewers use."""

import time
from pathlib import Path

import pytest

from corpus.cues import _compiled, _criterion_cues, compile_cues, criteria, has_polarity, label, mentions, tables, warm

SAMPLES = Path(__file__).parents[1] / "corpus" / "samples"
LATER = pytest.mark.xfail(strict=True, reason="a wording of denial the table does not know")
DOUBLE = pytest.mark.xfail(strict=True, reason="two negations are read as one")

DENIED = {
    "radiculopathy": [
        "There is no evidence of radiculopathy.",
        "Radiculopathy was not documented.",
        "Radicular findings are absent.",
        "Examination shows neither weakness nor radicular signs.",
        "No evidence of instability, red flags or radiculopathy.",
        "The notes fail to document a dermatomal pattern.",
        "The examination stops short of describing radiculopathy.",
        "Without documented radiculopathy the criteria fail.",
        "The absence of radiculopathy is telling.",
        "Not a single note records a dermatomal deficit.",
        "RADICULOPATHY WAS NOT FOUND.",
        "No\nevidence\nof radiculopathy.",
        pytest.param("Radiculopathy has yet to be shown.", marks=LATER),
        pytest.param("We find it hard to see any radicular sign.", marks=LATER),
        "It isn't radiculopathy.",
        "The patient doesn’t have radiculopathy.",
    ],
    "neuro-deficit": [
        "Reflexes are symmetric.",
        "The patient denies numbness.",
        "The chart says nothing about reflexes.",
        "There is neither numbness nor weakness.",
    ],
    "conservative-care": [
        "The patient has not failed conservative care.",
        "Conservative treatment was never tried.",
        "There has been no trial of physical therapy.",
    ],
    "prior-response": [
        "Functional improvement from the earlier visits is not documented.",
        "She completed twelve visits without improvement.",
        "The earlier visits have been of no benefit.",
    ],
    "imaging-corroboration": ["Imaging does not corroborate the diagnosis."],
    "red-flags": ["No red flag condition is present.", "Tumor has been ruled out."],
    "exam-findings": ["Instability could not be demonstrated."],
    "functional-goal": ["The request lacks functional goals."],
    "opioid-monitoring": ["The record is silent as to a urine drug screen."],
}
ASSERTED = {
    "radiculopathy": [
        "There is clear evidence of radiculopathy.",
        "Radiculopathy is documented at L5.",
        "Not only radiculopathy but weakness is recorded.",
        "There is no doubt that radiculopathy is present.",
        "The patient is not without radicular signs.",
        "The scan was normal, but radiculopathy was found on examination.",
        "He did not work; radiculopathy is evident.",
        "Although no fever was noted, radiculopathy is evident.",
        pytest.param("It cannot be said that radiculopathy is absent.", marks=DOUBLE),
    ],
    "neuro-deficit": [
        "Motor weakness is recorded.",
        "Because no therapy was given, there is weakness.",
    ],
    "conservative-care": [
        "Physical therapy has failed.",
        "Six weeks of conservative care were exhausted without relief.",
    ],
    "prior-response": ["Earlier visits brought functional improvement.", "The injection gave 70% pain relief."],
    "imaging-corroboration": ["MRI confirms a disc protrusion."],
    "red-flags": ["A fracture is suspected."],
    "exam-findings": ["Instability was demonstrated on flexion films."],
}


def rows(table: dict) -> list:
    """(criterion, sentence) rows, keeping the marks of a sentence that has some."""
    flat = [(criterion, sentence) for criterion, sentences in table.items() for sentence in sentences]
    return [
        pytest.param(criterion, s) if isinstance(s, str) else pytest.param(criterion, *s.values, marks=s.marks)
        for criterion, s in flat
    ]


def negated(criterion: str, sentence: str) -> bool:
    found = {mention.criterion: mention for mention in mentions(sentence)}
    assert criterion in found, "the criterion is not seen at all"
    return found[criterion].negated


@pytest.mark.parametrize(("criterion", "sentence"), rows(DENIED))
def test_a_denied_finding_is_negated(criterion, sentence):
    assert negated(criterion, sentence)


@pytest.mark.parametrize(("criterion", "sentence"), rows(ASSERTED))
def test_an_asserted_finding_is_not_negated(criterion, sentence):
    assert not negated(criterion, sentence)


@pytest.mark.parametrize("sentence", ["", "The weather was fine.", "He is a roofer.", "!!! ... ???"])
def test_a_sentence_without_a_finding_mentions_none(sentence):
    assert not mentions(sentence)


def test_every_mention_points_at_its_words_and_each_criterion_comes_once():
    sentence = "No radiculopathy, no weakness, no red flags and again no radicular signs."
    found = mentions(sentence)
    assert {sentence[m.start : m.end].lower() for m in found} >= {"radiculopathy", "weakness", "red flags"}
    assert len({m.criterion for m in found}) == len(found)


def test_words_of_questions_count_only_when_asked():
    assert "radiculopathy" not in {m.criterion for m in mentions("a pinched nerve")}
    assert "radiculopathy" in {m.criterion for m in mentions("a pinched nerve", asked=True)}


@pytest.mark.parametrize(
    ("cue", "hits", "misses"),
    [
        ("radiculopath*", ["radiculopathy", "Radiculopathies"], ["myeloradiculopathy"]),
        ("red flag*", ["red flags", "red\nflag"], ["sacred flags", "redflag"]),
        ("no ... weakness", ["no weakness", "no sign of weakness"], ["no a b c d e f weakness"]),
        ("(left|right) knee", ["left knee", "right knee"], ["knee", "upright knee"]),
        ("SLR", ["SLR", "slr"], ["SLRs"]),
    ],
)
def test_the_notation_of_cues(cue, hits, misses):
    pattern = compile_cues([cue])
    assert all(pattern.search(text) for text in hits)
    assert not any(pattern.search(text) for text in misses)


def test_no_cues_match_nothing():
    assert not compile_cues([]).search("anything at all")


def test_every_criterion_has_a_label_and_every_default_is_a_criterion():
    default = tables()["default"]
    assert all(label(criterion) for criterion in criteria())
    assert {*default["refused"], *default["granted"], *default["no-polarity"]} <= set(criteria())
    assert has_polarity("radiculopathy") and not has_polarity("not-recommended")


@pytest.mark.parametrize("ruled", ["-" * 400, "- " * 200, "no-" * 200, "/" * 400, "_" * 400], ids=lambda s: s[:3])
def test_a_ruled_line_costs_no_time(ruled):
    started = time.process_time()
    mentions(f"No improvement, no outcome {ruled} with visits and lack of evidence {ruled} of the request")
    assert time.process_time() - started < 1


def test_after_warming_up_no_sentence_compiles_a_cue():
    _compiled.cache_clear()
    _criterion_cues.cache_clear()
    warm()
    compiled = _compiled.cache_info().misses
    for path in sorted(SAMPLES.glob("*.txt"))[:5]:
        mentions(path.read_text())
    assert compiled and _compiled.cache_info().misses == compiled
