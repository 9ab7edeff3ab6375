"""Letters built from parts for the tests of the dialects: say only what is odd about yours, the rest is filled in."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from corpus.decision import Decision
from corpus.parse import decide, decision_from
from corpus.read import document, tidy

SAMPLES = Path(__file__).parents[1] / "corpus" / "samples"
SHARED = Path(__file__).parents[2] / "shared" / "decisions"
NECESSARY, UNNECESSARY = "The request is medically necessary.", "The request is not medically necessary."


def decided(text: str, source: str = "letter.txt") -> Decision:
    """The decision in a text, by the way every file takes."""
    return decide(document(source, text.encode(), [tidy(page) for page in text.split("\f")]))


@cache
def decisions_in(folder: Path, *patterns: str) -> dict[str, Decision]:
    """Every decision of a folder by its file name, parsed once a run."""
    return {path.name: decision_from(path) for pattern in patterns for path in sorted(folder.glob(pattern))}


SAMPLE_NAMES = sorted(path.name for path in SAMPLES.glob("*.txt"))


def samples() -> dict[str, Decision]:
    return decisions_in(SAMPLES, "*.txt")


def labels(*files: Path) -> list[dict]:
    """The gold rows of JSON Lines files, one row an issue."""
    return [json.loads(line) for file in files for line in file.read_text("utf-8").splitlines() if line.strip()]


BASIS = "BASIS, FINDINGS AND CONCLUSIONS USED TO SUPPORT THE DECISION"
TEXAS_FORM = "Upon independent review the reviewer finds that the previous adverse determination should be:"


def texas(
    services: str = "MRI of the lumbar spine",
    boxes: str = "[X] Upheld (Agree)\n[ ] Overturned (Disagree)\n[ ] Partially Overturned (Agree in part)",
    analysis: str = UNNECESSARY,
    *,
    case: str = "900900",
    date: str = "March 14, 2011",
    history: str = "A 44-year-old man with pain in the low back.",
    reviewer: str = "Board Certified in Neurology",
    criteria: str = "[X] ODG- OFFICIAL DISABILITY GUIDELINES\n[ ] INTERQUAL CRITERIA",
    service_heading: str = "DESCRIPTION OF THE SERVICE OR SERVICES IN DISPUTE",
) -> str:
    """An IRO decision in the headings of the Texas form."""
    parts = (
        (service_heading, services),
        ("A DESCRIPTION OF THE QUALIFICATIONS FOR EACH PHYSICIAN WHO REVIEWED THE DECISION", reviewer),
        ("REVIEW OUTCOME", f"{TEXAS_FORM}\n{boxes}"),
        ("INFORMATION PROVIDED TO THE IRO FOR REVIEW", "Office notes; letters of denial."),
        ("PATIENT CLINICAL HISTORY [SUMMARY]", history),
        (f"ANALYSIS AND EXPLANATION OF THE DECISION INCLUDE CLINICAL {BASIS}", analysis),
        ("A DESCRIPTION AND THE SOURCE OF THE SCREENING CRITERIA", criteria),
    )
    form = "\n\n".join(f"{heading}:\n{body}" for heading, body in parts)
    return f"DATE OF REVIEW: {date}\nIRO CASE #: {case}\n\n{form}\n"


def issue(title: str, rationale: str = UNNECESSARY, *, label: str = "Decision rationale:") -> str:
    """One service of a California letter: title with verdict, both guidelines, rationale."""
    return (
        f"{title}\n"
        "Claims Administrator guideline: Decision based on MTUS Chronic Pain Medical Treatment 2009.\n"
        "MAXIMUS guideline: Decision based on Non-MTUS Citation Official Disability Guidelines (ODG).\n"
        f"{label} {rationale}"
    )


CALIFORNIA_DATES = (
    "Date Assigned: 01/03/2017 Date of Injury: 05/06/2011\nDecision Date: 01/30/2017 UR Denial Date: 12/01/2016"
)


def california(
    *issues: str,
    case: str = "CM16-9900001",
    history: str = "The injured worker is a 51 year old female with pain of the neck.",
    dates: str = CALIFORNIA_DATES,
    body: str = "IMR ISSUES, DECISIONS AND RATIONALES",
) -> str:
    """A final determination letter in the form of 2014 and after."""
    return "\n".join(
        (
            f"Case Number: {case}",
            dates,
            "HOW THE IMR FINAL DETERMINATION WAS MADE",
            "An expert reviewer was given the file. The Expert Reviewer has the following credentials:",
            "State(s) of Licensure: California",
            "Certification(s)/Specialty: Orthopedic Surgery",
            "CLINICAL CASE SUMMARY",
            history,
            body,
            "The Final Determination was based on decisions for the disputed items/services set forth below:",
            *(issues or (issue("Cervical MRI: Upheld"),)),
            "",
        )
    )


def _broken_pages(text: str) -> str:
    lines = text.split("\n")
    return "\n".join(line + "\n\f" if n % 7 == 6 else line for n, line in enumerate(lines))


# What printing, scanning and copying do to a letter without changing a word of it.
LAYOUTS: dict[str, Callable[[str], str]] = {
    "as written": lambda text: text,
    "line ends of Windows": lambda text: text.replace("\n", "\r\n"),
    "line ends of old Macs": lambda text: text.replace("\n", "\r"),
    "a blank line after every line": lambda text: text.replace("\n", "\n\n"),
    "spaces at line ends": lambda text: text.replace("\n", "   \n"),
    "indented": lambda text: re.sub(r"(?m)^", "     ", text),
    "page breaks anywhere": _broken_pages,
    "non-breaking spaces": lambda text: text.replace(" ", "\u00a0"),
    "an empty first page": lambda text: "\f\n" + text,
    "without a last line end": str.rstrip,
}
