# Every task is a target; `make` alone lists them. Variables go on the same line: PORT=8001 make run

PYTHON ?= python3
TSC ?= tsc
BIN := .venv/bin
# Run the module, not the installed script, which would break if the folder is moved.
TALLYBOARD := $(BIN)/python -m local.cli
comma := ,
# Pass these in the environment, so that make does not interpret a $ in them.
VARIABLES := HOST PORT BOARDS BOARD REDIS_URL FRESH DONORS PLATFORM AMOUNT ID FILE SPEED ANSWERS DATA NEW \
  PROVIDER KIND PART NAME COMMENT SOURCE TEXT
$(foreach name,$(VARIABLES),$(if $(filter command%,$(origin $(name))),$(eval override $(name) := $$(value $(name)))))
export $(VARIABLES)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

# ── The whole system on this machine ─────────────────────────────────────────────────────────────

.PHONY: run
run: .venv/local.stamp .venv-aws/stamp ## start everything on this machine: [PORT=8001] [DONORS=0] [BOARDS=…]
	@exec $(TALLYBOARD) run

.PHONY: event
event: .venv/local.stamp .venv-aws/stamp ## run a real event and keep it: BOARD=gala.toml [DATA=data/gala] [HOST=0.0.0.0]
	@exec $(TALLYBOARD) event

.PHONY: backup
backup: .venv/local.stamp ## copy an event into one file, at any time: [FILE=…] [DATA=data/gala]
	@exec $(TALLYBOARD) backup

.PHONY: restore
restore: .venv/local.stamp ## replace an event with a backup: FILE=… [DATA=data/gala]
	@exec $(TALLYBOARD) restore

.PHONY: crew-code
crew-code: .venv/local.stamp ## show the code of the crew's pages; NEW=1 makes a new one [DATA=data/gala]
	@exec $(TALLYBOARD) crew-code

.PHONY: stop
stop: .venv/local.stamp ## stop what runs here, like Ctrl-C in its terminal
	@exec $(TALLYBOARD) stop

.PHONY: replay
replay: .venv/local.stamp .venv-aws/stamp ## play a file of donations: FILE=… [SPEED=60] [EXIT=1]
	@exec $(TALLYBOARD) replay --speed="$${SPEED:-max}" --board="$$BOARD" $(if $(EXIT),--exit) $(ANSWERS) -- "$$FILE"

.PHONY: import
import: .venv/local.stamp ## import a spreadsheet: FILE=… [BOARD=…] [YES=1] [ANSWERS="--day-first"]
	@exec $(TALLYBOARD) import --board="$$BOARD" $(if $(YES),--yes) $(ANSWERS) -- "$$FILE"

.PHONY: donate
donate: .venv/local.stamp ## write one donation: PLATFORM=Phone AMOUNT=25 [BOARD=…]
	@exec $(TALLYBOARD) donate --platform="$$PLATFORM" --amount="$$AMOUNT" --board="$$BOARD"

.PHONY: send
send: .venv/local.stamp ## what a payment provider would send, signed: PROVIDER=stripe KIND=refund ID=… [AMOUNT=25]
	@exec $(TALLYBOARD) send --provider="$$PROVIDER" --kind="$${KIND:-gift}" --amount="$${AMOUNT:-25}" \
	  --part="$$PART" --id="$$ID" --name="$$NAME" --comment="$$COMMENT" --source="$$SOURCE" \
	  --text="$$TEXT"

.PHONY: intake
intake: .venv/local.stamp ## check intake.toml and say what each source would do: [BOARD=gala.toml]
	@exec $(TALLYBOARD) intake

.PHONY: donations
donations: .venv/local.stamp ## show the latest donations, with their ids: [BOARD=…]
	@exec $(TALLYBOARD) donations --board="$$BOARD"

.PHONY: refund
refund: .venv/local.stamp ## take a donation back: ID=d-0123456789ab [BOARD=…]
	@exec $(TALLYBOARD) refund --board="$$BOARD" -- "$$ID"

.PHONY: reconcile
reconcile: .venv/local.stamp ## correct the totals here from the table: [BOARD=…]
	@exec $(TALLYBOARD) reconcile --local -- "$$BOARD"

.PHONY: verify
verify: .venv/local.stamp ## compare the totals here with the table: [BOARD=…], or a sink's copy: NAME=…
	@exec $(TALLYBOARD) verify --local -- "$${NAME:-$$BOARD}"

.PHONY: sinks
sinks: .venv/local.stamp ## show each sink: attached, behind, detached since when and why
	@exec $(TALLYBOARD) sinks --local

.PHONY: fill
fill: .venv/local.stamp ## begin or repair a sink: NAME=…
	@exec $(TALLYBOARD) fill --local -- "$$NAME"

.PHONY: example
example: .venv/local.stamp .venv-aws/stamp ## show a sink beside the published way, on the same records: NAME=stock
	@exec $(BIN)/python -m examples "$$NAME"

.PHONY: boards
boards: .venv/local.stamp ## check the board files and say what each counts
	@exec $(TALLYBOARD) boards

# ── In an AWS account ────────────────────────────────────────────────────────────────────────────

.PHONY: deploy
deploy: .venv/deploy.stamp ## create or update everything in AWS: STACK=… BOARD=… (docs/operations.md)
	@$(BIN)/python -m infra deploy

.PHONY: status
status: .venv/deploy.stamp ## show the state of the deployed system: STACK=tallyboard
	@$(BIN)/python -m infra status

.PHONY: prove
prove: .venv/deploy.stamp ## reconcile the deployed system with its table now: STACK=tallyboard
	@$(BIN)/python -m infra reconcile

.PHONY: destroy
destroy: .venv/deploy.stamp ## remove everything from AWS except the table: STACK=tallyboard [DELETE_TABLE=1]
	@$(BIN)/python -m infra destroy

.PHONY: rehearse
rehearse: .venv/deploy.stamp ## give, correct and remove donations in the deployed table: STACK=tallyboard
	@$(BIN)/python -m infra rehearse

.PHONY: cost
cost: .venv/deploy.stamp ## estimate what it costs: [SCREENS=500 HOURS=6 DONATIONS=3000]
	@$(BIN)/python -m infra cost

.PHONY: bundle
bundle: .venv/deploy.stamp ## build the function's zip, without deploying it
	@$(BIN)/python -m infra bundle

# ── Development ──────────────────────────────────────────────────────────────────────────────────

.PHONY: test
test: check .venv-aws/stamp ## run all checks and tests
	@$(BIN)/pytest -n auto --maxprocesses 4 --dist worksteal

.PHONY: check
check: .venv/dev.stamp ## check style and types; change nothing
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@if command -v $(firstword $(TSC)) >/dev/null; then $(TSC) -p jsconfig.json; \
	  else echo "tsc is not installed, so the types of static/ were not checked (npm install -g typescript)."; fi

.PHONY: fmt
fmt: .venv/dev.stamp ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: .venv/dev.stamp .venv-aws/stamp ## run the benchmarks
	@$(BIN)/python -m benchmarks

.PHONY: screenshots
screenshots: .venv/dev.stamp ## take the README's screenshots (STATES=1: all states, into build/)
	@$(BIN)/python -m tests.browser.screenshots $(if $(STATES),--all)

.PHONY: pins
pins: ## update the hashes of the image's and the function's packages after raising a version
	@$(BIN)/python -m infra.pins

.PHONY: clean
clean: ## remove everything installed or generated here
	@rm -rf .venv .venv-aws .cache build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# ── Installed once, and again when the pins change ───────────────────────────────────────────────

# $(call install,what,options,pip's arguments)
define install
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Python 3.11 or newer is needed, but $(PYTHON) is $$($(PYTHON) --version 2>&1 || true)." >&2; \
	    echo "Install it, or name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) requirements/install.py $@ --inputs $^ --what $(1) $(2) -- $(3)
endef

PINNED := -c requirements/constraints.txt

.venv/local.stamp: pyproject.toml requirements/constraints.txt
	$(call install,'Tallyboard (once$(comma) about a minute)',,$(PINNED) -e '.[local]')

.venv/deploy.stamp: pyproject.toml requirements/constraints.txt
	$(call install,'the packages for deploying (once)',,$(PINNED) -e '.[deploy]')

.venv/dev.stamp: pyproject.toml requirements/constraints.txt
	$(call install,'the packages for checks and tests (once$(comma) about a minute)',--also .venv/local.stamp .venv/deploy.stamp,$(PINNED) -e '.[dev]')

.venv-aws/stamp: requirements/aws.txt
	$(call install,'the local DynamoDB (once)',,-r requirements/aws.txt)
