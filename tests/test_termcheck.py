"""The list of terms can be extended by hand: every ambiguity is a sentence, and a phrase shows what it is read as."""

import pytest

from corpus.termcheck import TERMS, faults, reading

GOOD = """
[treatment.mri]
label = "MRI"
forms = ["MRI", "magnet scan"]
codes = ["72141-72143"]
[treatment.ct]
label = "CT"
forms = ["CT scan"]
codes = ["72131"]
[drug.tramadol]
treatment = "mri"
forms = ["Ultram"]
[region.knee]
forms = ["knee"]
"""


def told(tmp_path, text: str) -> list[str]:
    (tmp_path / "terms.toml").write_text(text)
    return faults(tmp_path / "terms.toml")


def test_the_list_in_use_has_no_fault():
    assert faults(TERMS) == []


@pytest.mark.parametrize(
    ("change", "to", "said"),
    [
        ('"CT scan"', '"CT scan", "Magnet Scans"', "“magnet scans” stands under [treatment.ct] and [treatment.mri]"),
        ('"CT scan"', '"ultram"', "“ultram” stands under [drug.tramadol] and [treatment.ct]"),
        ('"CT scan"', '"tramadol"', "“tramadol” stands under [drug.tramadol] and [treatment.ct]"),
        ('"72131"', '"72142"', "the code 72142 stands under [treatment.ct] and [treatment.mri]"),
        ('"72131"', '"A-B"', "'A-B' has no numbers"),
        ('"CT scan"', '"--"', "[treatment.ct] has a form without a word"),
        ('treatment = "mri"', 'treatment = "opioid"', "'opioid', which has no table of its own"),
        ('label = "CT"', 'name = "CT"', "[treatment.ct] has a key 'name'"),
        ('"CT scan"', '"CT scan', "terms.toml is not TOML"),
    ],
)
def test_each_fault_is_a_sentence(tmp_path, change, to, said):
    assert told(tmp_path, GOOD) == []
    assert any(said in sentence for sentence in told(tmp_path, GOOD.replace(change, to)))


def test_a_part_of_the_body_may_share_a_word_with_a_service(tmp_path):
    assert told(tmp_path, GOOD.replace('"CT scan"', '"knee"')) == []


@pytest.mark.parametrize(
    ("phrase", "read"),
    [
        ("Synvisc injection left knee", [("region", "knee"), ("side", "left")]),
        ("norco 10/325", [("drug", "hydrocodone (opioid)")]),
        ("L4-5 TFESI 64483", [("treatment", "esi"), ("level", "L4-5"), ("code", "64483")]),
    ],
)
def test_a_phrase_shows_what_it_is_read_as(phrase, read):
    found = [(kind, value) for kind, value, _ in reading(phrase)]
    assert set(read) <= set(found)
