"""The page: a question, the answer with its [n], evidence cards, and the decision opened at the marked passage."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import gradio as gr

from app.answer import PLAIN, Answer, ask
from corpus.decision import Decision
from corpus.sentences import squeeze
from index.errors import PrecedentError
from index.search import Index

_EXAMPLES = (
    "which ESI denials cited missing radiculopathy findings",
    "how many physical therapy denials were for too many visits",
    "MRI requests that were overturned",
)
_CSS = """
.gradio-container {max-width: 1080px !important; margin: auto}
.pr-card {border: 1px solid var(--border-color-primary); border-radius: 8px; padding: .7em 1em; margin: .6em 0}
.pr-card {cursor: pointer}
.pr-card blockquote {margin: .4em 0; padding-left: .8em; border-left: 3px solid var(--color-accent)}
.pr-small {font-size: .85em; color: var(--body-text-color)}
.pr-text {white-space: pre-wrap; font-size: .95em; line-height: 1.5; max-height: 70vh; overflow: auto;
  overflow-wrap: anywhere}
.pr-text mark {background: #ffe58a; color: #1a1a1a; scroll-margin-top: 6em}
.pr-badge {border: 1px solid currentColor; border-radius: 6px; padding: 0 .4em; font-size: .85em; white-space: nowrap}
"""
# The marked passage comes into view by itself once the decision is on the page.
_SHOW_MARK = "() => setTimeout(() => document.querySelector('.pr-text mark')?.scrollIntoView({block: 'center'}), 60)"

# A card is a door to its decision: a click or Enter on it chooses the same passage in the list of evidence.
_CARDS = """() => {
  const open = event => {
    const card = event.target.closest('.pr-card');
    if (!card || event.target.closest('a') || (event.key && event.key !== 'Enter')) return;
    document.querySelectorAll('#evidence input')[Number(card.dataset.n) - 1]?.click();
  };
  document.addEventListener('click', open);
  document.addEventListener('keydown', open);
}"""


def build(index: Index) -> gr.Blocks:
    """The page over an index; everything it shows comes from `ask` and the catalog."""
    with gr.Blocks(title="Precedent", analytics_enabled=False) as page:
        gr.HTML("<h1>Precedent</h1><p>What past medical-necessity decisions say, with the passages that prove it.</p>")
        with gr.Row():
            question = gr.Textbox(
                label="Question", placeholder=_EXAMPLES[0], max_length=4000, scale=5, elem_id="question"
            )
            go = gr.Button("Ask", variant="primary", scale=1)
        gr.Examples([[example] for example in _EXAMPLES], question)
        answer = gr.HTML(elem_id="answer")
        found = gr.State(None)
        evidence = gr.Radio(
            label="Evidence: choose a passage to open it in its decision", choices=[], visible=False, elem_id="evidence"
        )
        decision = gr.HTML(elem_id="decision")
        shown = [answer, evidence, found, decision]
        for event in (go.click, question.submit):
            event(
                partial(_answer, index),
                question,
                shown,
                api_name="ask" if event is go.click else "enter",
                api_visibility="public" if event is go.click else "private",
                show_progress="minimal",
            )
        evidence.change(partial(_open, index), [evidence, found], decision, api_visibility="private").then(
            None, js=_SHOW_MARK
        )
    return page


def serve(index: Index, port: int) -> None:
    """The page on this machine only: no share link, no telemetry, system fonts."""
    build(index).launch(
        server_name="127.0.0.1",
        server_port=port or None,
        share=False,
        css=_CSS,
        js=_CARDS,
        theme=gr.themes.Default(font="sans-serif", font_mono="monospace"),
        footer_links=[],
        show_error=False,
        quiet=False,
        allowed_paths=[],
    )


def _answer(index: Index, question: str) -> tuple[str, Any, dict | None, str]:
    try:
        answer = ask(index, question or "")
    except PrecedentError as error:
        return f"<p>{html.escape(str(error))}</p>", gr.update(choices=[], visible=False), None, ""
    choices = [(f"[{c.n}] {c.reference} — {c.voice}", c.n) for c in answer.citations]
    return answer_html(answer), gr.update(choices=choices, value=None, visible=bool(choices)), answer.to_json(), ""


def _open(index: Index, chosen: int | None, found: dict | None) -> str:
    if not chosen or not found:
        return ""
    citation = found["citations"][chosen - 1]
    return decision_html(index.catalog.decision(citation["decision"]), citation["start"], citation["end"])


def answer_html(answer: Answer) -> str:
    """The reading, the sentences with their marks, and a card a citation; every word of a document escaped."""
    safe = html.escape
    read = "".join(
        f' <span class="pr-badge">{safe(p["field"])}: {safe(p["value"])}</span>' for p in answer.interpretation
    )
    parts = [f"<p class='pr-small'>Understood as {safe(answer.intent)}:{read}</p>"]
    if answer.abstained:
        parts.append(f"<p><b>No answer ({safe(answer.abstained)}).</b> {safe(answer.because)}</p>")
    parts += [f"<p class='pr-small'>{safe(notice)}</p>" for notice in answer.notices]
    for sentence in answer.answer:
        marks = "".join(f'<a href="#card-{n}">[{n}]</a>' for n in sentence.citations)
        parts.append(f"<p>{safe(sentence.text)} {marks}</p>")
    outcomes = {(r.decision, r.issue): PLAIN[r.outcome] for r in answer.results}
    for c in answer.citations:
        badge = outcomes.get((c.decision, c.issue if c.issue is not None else -1), "")
        parts.append(
            f'<article class="pr-card" id="card-{c.n}" data-n="{c.n}" tabindex="0"><b>[{c.n}]</b> '
            f'<span class="pr-badge">{safe(badge)}</span> '
            f'<span class="pr-badge">{safe(c.voice)}</span><blockquote>{safe(squeeze(c.quote))}</blockquote>'
            f'<div class="pr-small">{safe(c.reference)}</div></article>'
        )
    if answer.excluded:
        rows = "".join(
            f"<li>{safe(e['case_number'] or e['source'])}, issue {e['issue'] + 1}: "
            f"{safe(e['service'])} — {safe(e['why'])}</li>"
            for e in answer.excluded
        )
        parts.append(f"<details><summary>Left out: {len(answer.excluded)}</summary><ul>{rows}</ul></details>")
    return "".join(parts)


def decision_html(decision: Decision, start: int, end: int) -> str:
    """The whole letter with the passage marked."""
    safe, text = html.escape, decision.text
    title = decision.case_number or f"{decision.source} (case no. redacted in source)"
    marked = f"{safe(text[:start])}<mark>{safe(text[start:end])}</mark>{safe(text[end:])}"
    return f'<h2>{safe(title)}</h2><div class="pr-text" tabindex="0">{marked}</div>'
