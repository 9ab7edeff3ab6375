# Everything a newcomer needs: python3 >= 3.11 and make. Each target sets up .venv first, once.
PYTHON ?= python3
BIN := .venv/bin
DEMO := .precedent/demo

.PHONY: demo serve test screenshots bench soak check clean

demo: .venv/demo.ready
	@$(BIN)/precedent ingest corpus/samples --index $(DEMO)
	@$(BIN)/precedent ask "which ESI denials cited missing radiculopathy findings" --index $(DEMO)

serve: .venv/demo.ready
	@$(BIN)/precedent ingest corpus/samples --index $(DEMO)
	@$(BIN)/precedent serve --index $(DEMO)

test: .venv/test.ready
	@$(BIN)/python -m pytest -n auto --dist loadfile

screenshots: .venv/test.ready
	@$(BIN)/precedent ingest corpus/samples --index $(DEMO)
	@$(BIN)/python tests/screenshots.py $(DEMO)

bench: .venv/bench.ready
	@$(BIN)/python -m eval.bench $(PDFS)

soak: .venv/test.ready
	@$(BIN)/python -m tests.soak

check: .venv/dev.ready
	@$(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

clean:
	rm -rf .venv .precedent

.venv/demo.ready: EXTRA =
.venv/test.ready: EXTRA = [test]
.venv/bench.ready: EXTRA = [bench]
.venv/dev.ready: EXTRA = [dev]

.venv/%.ready: pyproject.toml constraints.txt setup.sh
	@sh setup.sh "$(PYTHON)" ".$(EXTRA)"
	@touch $@
