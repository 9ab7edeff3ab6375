"""The retriever as LangChain's own standard tests want it, and as a reader of letters wants it."""

import json

import pytest
from langchain_core.documents import Document
from langchain_tests.integration_tests import RetrieversIntegrationTests

from app.retriever import PassageRetriever
from index.catalog import Filter


@pytest.mark.asyncio
@pytest.mark.filterwarnings("ignore:The test .* is marked with")
class TestStandard(RetrieversIntegrationTests):
    """LangChain's standard tests of a retriever."""

    retriever_constructor = PassageRetriever
    retriever_query_example = "no radiculopathy on examination"

    @pytest.fixture(autouse=True)
    def over_six_letters(self, index):
        self.index = index

    @property
    def retriever_constructor_params(self):
        return {"index": self.index}


@pytest.fixture
def retriever(index):
    return PassageRetriever(index=index, k=5)


def test_a_document_is_the_text_at_its_place(retriever, index):
    for document in retriever.invoke("physical therapy visits"):
        place = document.metadata
        quote = index.catalog.decision(place["decision"]).quote(place["start"], place["end"])
        assert document.page_content == " ".join(quote.split())


def test_documents_are_the_hits_of_the_search_in_their_order(retriever, index):
    hits = index.search("lumbar MRI", 5)
    documents = retriever.invoke("lumbar MRI")
    assert [d.metadata["score"] for d in documents] == [hit.score for hit in hits]
    assert [d.page_content for d in documents] == [hit.passage.text for hit in hits]


def test_documents_can_be_told_apart_and_written_down(retriever):
    documents = retriever.invoke("lumbar MRI", k=50)
    assert len({d.id for d in documents}) == 50
    assert [Document(**json.loads(json.dumps(d.model_dump()))) for d in documents] == documents


def test_filters_hold_from_the_constructor_and_from_the_call(index, retriever):
    mri = (Filter("treatment", ("mri",)),)
    constructed, called = (
        PassageRetriever(index=index, filters=mri).invoke("pain"),
        retriever.invoke("pain", k=10, filters=mri),
    )
    issues = {(row.decision, row.number) for row in index.catalog.issues(mri)}
    assert constructed == called and {(d.metadata["decision"], d.metadata["issue"]) for d in called} <= issues


def test_it_takes_part_in_a_chain(retriever):
    texts = (retriever | (lambda documents: [d.page_content for d in documents])).invoke("lumbar MRI")
    assert texts == [d.page_content for d in retriever.invoke("lumbar MRI")]
