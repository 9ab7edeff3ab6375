"""Synthetic letters: repeatable, all different, of every kind, and read as their own gold says."""

import json
import re
import subprocess
import sys
from functools import cache

from corpus.decision import Outcome
from corpus.synthetic import Letter, letter, letters
from tests.letters import decided


@cache
def some() -> tuple[Letter, ...]:
    return tuple(letters(300, seed=11))


def test_a_letter_is_the_same_however_many_are_made():
    assert some()[7] == letter(7, seed=11)
    assert letter(7, seed=12).text != letter(7, seed=11).text


def test_letters_differ_in_more_than_names_and_numbers():
    bare = [re.sub(r"\W+", " ", re.sub(r"\w*\d[\w/.-]*", "#", made.text)) for made in some()]
    assert len(set(bare)) == len(bare)
    reasonings = {tuple(row["quote"] for row in made.gold[0]["reasons"]) for made in some()}
    assert len(reasonings) > 0.7 * len(bare)


def test_both_states_and_every_outcome_occur_in_many_treatments():
    rows = [row for made in some() for row in made.gold]
    assert {row["outcome"] for row in rows} == set(Outcome) - {Outcome.UNCLEAR}
    assert len({treatment for row in rows for treatment in row["treatment"]}) >= 20
    assert {made.name[:2] for made in some()} == {"CM", "SY"}


def test_every_reason_of_the_gold_stands_in_the_letter_which_says_that_it_is_synthetic():
    for made in some():
        text = " ".join(re.sub(r"\n[^\n]*[Pp]age \d+(?=\f|\n$)", " ", made.text).split())
        assert text.startswith("SYNTHETIC LETTER")
        for row in made.gold:
            assert all(reason["quote"] in text for reason in row["reasons"]), made.name


def test_the_parser_reads_them_as_their_gold_says():
    for made in some():
        decision = decided(made.text, made.name)
        assert [i.outcome.value for i in decision.issues] == [row["outcome"] for row in made.gold], made.name
        assert decision.jurisdiction == ("CA" if made.name.startswith("CM") else "TX")


def test_the_command_writes_letters_and_gold(tmp_path):
    command = [sys.executable, "-m", "corpus.synthetic", "12", "--seed", "3", str(tmp_path / "out")]
    subprocess.run(command, check=True, timeout=60)
    made = list(letters(12, seed=3))
    assert {p.name for p in (tmp_path / "out").glob("*.txt")} == {m.name for m in made}
    gold = (tmp_path / "out" / "gold.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in gold] == [row for m in made for row in m.gold]
