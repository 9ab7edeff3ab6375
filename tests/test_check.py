"""A draft held against the index: sixty clean citations pass, sixty planted errors are found, each for what it is."""

import random

import pytest

from app.check import check_draft
from app.references import reference
from corpus.decision import Outcome
from corpus.read import document
from corpus.sentences import squeeze

TOLD = {Outcome.UPHELD: "upheld the denial", Outcome.OVERTURNED: "overturned the denial"}
TOLD_PASSIVELY = {Outcome.UPHELD: "not medically necessary", Outcome.OVERTURNED: "medically necessary"}
SWAPPED = {Outcome.UPHELD: Outcome.OVERTURNED, Outcome.OVERTURNED: Outcome.UPHELD}
# The ways a brief cites: the citation before, behind and in brackets, curly and straight marks.
FORMS = (
    "In {ref}, the reviewer {told}, finding that “{quote}”",
    "“{quote}” {ref}. There the reviewer {told}.",
    "The point is settled. See {ref} (the reviewer {told}; “{quote}”).",
    'As one reviewer put it, "{quote}" {ref}. In that case the reviewer {told}.',
    "The service was found {passive} in {ref}, because “{quote}”",
)


@pytest.fixture(scope="module")
def cited(library):
    """(decision, issue, reason, words) to cite: quotations of eight words and more, of numbered letters."""
    found = []
    for id_ in library.catalog.decision_ids():
        decision = library.catalog.decision(id_)
        for issue in decision.issues if decision.case_number else ():
            for reason in issue.reasons[:1]:
                words = squeeze(decision.quote(reason.start, reason.end))
                if issue.outcome in TOLD and len(words.split()) >= 8:
                    found.append((decision, issue, reason, words))
    random.Random(7).shuffle(found)
    return found[:60]


def sentence(n, decision, issue, reason, words, outcome=None):
    section = decision.section_at(reason.start)
    ref = reference(decision, issue.number, section.kind, reason.start)
    outcome = outcome or issue.outcome
    told = {"told": TOLD[outcome], "passive": TOLD_PASSIVELY[outcome]}
    return FORMS[n % len(FORMS)].format(ref=ref, quote=words, **told)


def checked(library, *paragraphs):
    text = "\n\n".join(paragraphs)
    return check_draft(library, document("draft.txt", text.encode(), [text]))


def test_sixty_clean_citations_raise_no_alarm(library, cited):
    assert len(cited) == 60
    report = checked(library, *(sentence(n, *one) for n, one in enumerate(cited)))
    assert not report.problems
    told = [(c.kind, c.status) for c in report.checked]
    assert told.count(("case", "found")) == told.count(("quotation", "verbatim")) == 60
    assert told.count(("outcome", "right")) == 60 and told.count(("page", "right")) == 60


def changed(words, seed):
    """One word in the middle changed into another."""
    parts = words.split()
    at = random.Random(seed).randrange(2, len(parts) - 2)
    parts[at] = "purple" if parts[at] != "purple" else "green"
    return " ".join(parts)


def planted(cited):
    """(draft sentence, the kind and status that must be told of it)."""
    for n, (decision, issue, reason, words) in enumerate(cited):
        if n % 3 == 0:
            yield sentence(n, decision, issue, reason, changed(words, n)), ("quotation", "altered")
        elif n % 3 == 1:
            yield sentence(n, decision, issue, reason, words, SWAPPED[issue.outcome]), ("outcome", "wrong")
        else:
            text = sentence(n, decision, issue, reason, words)
            yield (
                text.replace(
                    decision.case_number, f"CM26-{9990000 + n}" if "CM" in decision.case_number else f"{770000 + n}"
                ),
                ("case", "not-found"),
            )


def test_sixty_planted_errors_are_found_each_for_what_it_is(library, cited):
    found = 0
    for text, error in planted(cited):
        report = checked(library, text)
        found += error in {(c.kind, c.status) for c in report.problems}
    assert found == 60


def test_sixty_planted_errors_are_found_in_one_draft_among_clean_ones(library, cited):
    clean = [sentence(n, *one) for n, one in enumerate(cited)]
    mixed = [text for pair in zip((t for t, _ in planted(cited)), clean[1:] + clean[:1], strict=True) for text in pair]
    report = checked(library, *mixed)
    kinds = [(c.kind, c.status) for c in report.problems]
    assert kinds.count(("quotation", "altered")) == kinds.count(("outcome", "wrong")) == 20
    assert kinds.count(("case", "not-found")) == 20


# ---- one thing at a time --------------------------------------------------------------------------------------------

LETTER = "CM15-9000102"


@pytest.fixture(scope="module")
def letter(library):
    (id_,) = library.catalog.find_decisions(LETTER)
    return library.catalog.decision(id_)


@pytest.fixture(scope="module")
def words(letter):
    reason = letter.issues[0].reasons[0]
    return squeeze(letter.quote(reason.start, reason.end))


def statuses(report, kind):
    return [c.status for c in report.checked if c.kind == kind]


def test_the_difference_is_told_word_by_word(library, words):
    parts = words.split()
    draft = " ".join([*parts[:3], "hardly", *parts[4:]])
    (one,) = [c for c in checked(library, f"In {LETTER}: “{draft}”").checked if c.kind == "quotation"]
    assert one.status == "altered" and one.difference == ((parts[3], "hardly"),) and one.reference


def test_what_is_marked_as_left_out_or_put_in_is_no_alteration(library, words):
    parts = words.split()
    draft = " ".join([f"[{parts[0][0].upper()}]{parts[0][1:]}", *parts[1:4], "…", *parts[-3:]])
    assert statuses(checked(library, f"In {LETTER}: “{draft}”"), "quotation") == ["verbatim"]


@pytest.mark.parametrize("marks", ["“{}”", '"{}"', "“{},”", "“{}.”"])
@pytest.mark.parametrize("layout", [str, lambda t: t.replace(" ", "\n"), lambda t: t.replace("'", "’")])
def test_marks_and_line_breaks_make_no_difference(library, words, marks, layout):
    draft = f"See {LETTER}: {marks.format(layout(words).rstrip('.'))}"
    assert statuses(checked(library, draft), "quotation") == ["verbatim"]


def test_words_of_another_letter_are_told_with_their_letter(library, words):
    (one,) = [c for c in checked(library, f"In CM13-9000201: “{words}”").problems if c.kind == "quotation"]
    assert one.status == "elsewhere" and one.case_number == LETTER and "not in CM13-9000201" in one.why


def test_a_mistyped_number_is_told_with_the_letter_that_has_the_words(library, words):
    report = checked(library, f"“{words}” Cal. IMR Case No. CM15-9000120.")
    assert [(c.kind, c.status) for c in report.problems] == [("quotation", "elsewhere"), ("case", "not-found")]
    assert f"stand in {LETTER}, not in CM15-9000120" in report.problems[0].why


def test_a_quotation_without_a_citation_is_looked_for_everywhere(library, words):
    (one,) = checked(library, f"One reviewer said: “{words}”").checked
    assert one.status == "verbatim" and one.case_number == LETTER


def test_invented_words_are_not_found(library):
    draft = f"In {LETTER}: “the moon is made of a particularly mild green cheese”"
    assert statuses(checked(library, draft), "quotation") == ["not-found"]


@pytest.mark.parametrize("term", ["“medically necessary”", '"ESI"', '5\'10" tall and 12" wide'])
def test_terms_and_inches_are_no_quotations(library, term):
    assert not checked(library, f"The service is {term}.").checked


OUTCOMES = [
    ("In {n}, Issue 1, the denial was overturned.", "right"),
    ("In {n}, Issue 2, the denial was overturned.", "wrong"),
    ("In {n} the reviewer reversed the denial of the epidural.", "right"),
    ("In {n} the reviewer upheld the denial of the epidural steroid injection.", "wrong"),
    ("In {n} the denial of Norco was not overturned.", "right"),
    ("In {n} the reviewer refused to overturn the denial of the epidural injection.", "wrong"),
    ("The Norco was denied. {n}.", "right"),
    ("The epidural injection was granted in {n}, while in CM13-9000201 the MRI was denied.", "right"),
    ("The MRI was denied in CM13-9000201 and the epidural injection was refused in {n}.", "wrong"),
    ("See {n}. The reviewer overturned the denial of the epidural.", "right"),
    ("In {n} the denial was overturned in part.", "right"),
]


@pytest.mark.parametrize(("draft", "status"), OUTCOMES)
def test_claimed_outcomes(library, draft, status):
    report = checked(library, draft.format(n=LETTER))
    assert [c.status for c in report.checked if c.kind == "outcome" and c.case_number == LETTER] == [status]


@pytest.mark.parametrize(
    "draft",
    [
        "UR denied the request. Compare {n}.",
        "The carrier in {n} had refused the injection.",
        "{n} concerns an injection.",
    ],
)
def test_what_others_decided_is_no_claim(library, draft):
    assert not statuses(checked(library, draft.format(n=LETTER)), "outcome")


def test_a_wrong_date_and_a_wrong_page_are_told(library, letter, words):
    report = checked(
        library, f"“{words}” Cal. IMR Case No. {LETTER}, Final Determination (May 3, 2015), Issue 1, p. 9."
    )
    assert {(c.kind, c.status) for c in report.problems} == {("date", "wrong"), ("page", "wrong")}
    assert "2015-04-03" in next(c.why for c in report.problems if c.kind == "date")


def test_a_denial_that_a_quotation_leaves_out_is_told(library):
    (decision,) = map(library.catalog.decision, library.catalog.find_decisions("CM13-9000203"))
    quoted = "operation has yet been done"
    assert f"No {quoted}" in decision.text
    (one,) = [c for c in checked(library, f"“{quoted}” CM13-9000203.").checked if c.kind == "quotation"]
    assert one.status == "verbatim" and "leaves out what denies it: “No operation" in one.why


def test_a_voice_that_is_not_the_reviewers_is_told(library):
    told = set()
    for id_ in library.catalog.decision_ids():
        decision = library.catalog.decision(id_)
        for section in decision.sections if decision.case_number and decision.jurisdiction == "CA" else ():
            words = " ".join(decision.text[section.start : section.end].split()[8:16])
            if section.kind == "history":
                report = checked(library, f"“{words}” {decision.case_number}")
                told.update(c.why for c in report.checked if c.kind == "quotation" and c.status == "verbatim")
    assert "the letter says this in another voice than the reviewer's: history" in told


def test_numbers_are_found_however_they_are_written(library):
    draft = "CM15–9000102, CM15-9000102, Tex. IRO Case No. 900104, IRO-900104, IRO Case #900104 and CM15-900010."
    assert statuses(checked(library, draft), "case") == ["found"] * 5 + ["not-found"]


def test_a_draft_without_citations_has_nothing_to_check(library):
    report = checked(library, "The patient is well.")
    assert not report.checked and report.to_json()["problems"] == 0
