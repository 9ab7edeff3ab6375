"""`python -m eval QUESTIONS.jsonl`."""

from app.settings import quiet

quiet()

import typer  # noqa: E402  (the process must be quiet before anything heavy is imported)

from eval.run import command  # noqa: E402

typer.run(command)
