"""A pasted case and the decisions nearest to it."""

from app.precedents import nearest
from app.question import understand


def test_a_pasted_case_is_answered_by_a_ranking_of_its_treatment(index):
    case = (
        "The claimant, a warehouse worker, hurt his low back while lifting. An MRI of the lumbar spine is requested. "
        * 8
    )
    finding = nearest(index, understand(case))
    scores = [member.score for member in finding.members]
    assert len(case) > 600 and scores == sorted(scores, reverse=True) and len(scores) == 3
    assert all("mri" in index.catalog.issue(member.row).treatments for member in finding.members)
