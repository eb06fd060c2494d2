# The steps that people and CI take by the same names: `make lint types tests proofs wheel`, or `make all`.
.PHONY: all lint types tests proofs wheel
all: lint types wheel tests proofs
.venv/bin/pytest: ; python3 -m venv .venv && .venv/bin/pip install -q -e '.[dev]'
lint: .venv/bin/pytest ; .venv/bin/ruff check . && .venv/bin/ruff format --check -q . && .venv/bin/lint-imports
types: .venv/bin/pytest ; .venv/bin/mypy
tests: .venv/bin/pytest ; .venv/bin/pytest
proofs: .venv/bin/pytest ; .venv/bin/pytest -m proof
wheel: .venv/bin/pytest ; .venv/bin/python -m build --no-isolation --outdir dist
