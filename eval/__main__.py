"""`python -m eval QUESTIONS.jsonl`."""

import typer

from eval.run import command

typer.run(command)
