"""`python -m eval QUESTIONS.jsonl`: the same as `precedent eval`, where the console command is not installed."""

import sys

from app.cli import cli, main
from eval.cli import door

cli.add_typer(door, name="eval")
sys.argv.insert(1, "eval")
main()
