# From a fresh clone to a served model. Needs git, make and any Node >= 20 with npm; `make help` lists the targets.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:

# The toolchain, Node included, comes through npm; what it installs stands before the machine's own.
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
export npm_config_update_notifier := false
MLPT := node --conditions=mlpt-source bin/mlpt.js

.PHONY: all
all: install ## install, run the pipeline, end with the table of models
	@$(MLPT) run --wait 600
	@$(MLPT) report

.PHONY: install
install: ## install the pinned toolchain and libraries (once)
	@node scripts/install.mjs

.PHONY: data
data: install ## run the stages up to the feature table
	@$(MLPT) run features

.PHONY: train
train: install ## run the stages up to the trained models
	@$(MLPT) run train

.PHONY: evaluate
evaluate: install ## run the stages up to the metrics
	@$(MLPT) run evaluate

.PHONY: promote
promote: install ## run all stages; the last one decides on promotion
	@$(MLPT) run promote

.PHONY: serve
serve: install ## serve the promoted model on port 8000, documentation at /docs
	@$(MLPT) serve

.PHONY: dashboard
dashboard: install ## tracking server and web page on port 5000
	@node --disable-warning=ExperimentalWarning --conditions=mlpt-source bin/mlpt.js server

.PHONY: demo
demo: install ## run the same pipeline on generated data, in the folder demo/
	@$(MLPT) demo demo
	@cd demo && MLPT_DATA_MIRROR=generated node --conditions=mlpt-source ../bin/mlpt.js run
	@cd demo && node --conditions=mlpt-source ../bin/mlpt.js report

.PHONY: test
test: install lint ## lint, type check and every test that needs only npm
	@npm run build --silent
	@NODE_COMPILE_CACHE=$(CURDIR)/node_modules/.cache/tests npm test --silent

.PHONY: lint
lint: install ## type check, lint, format check, dead code
	@npm run lint --silent

.PHONY: format
format: install ## format all sources
	@npm run format --silent

.PHONY: peers
peers: ## install the Python peers the parity tests need (.venv, .venv-gx)
	@sh scripts/peers.sh

.PHONY: test-peers
test-peers: install ## hold ours against the real dvc, mlflow, great_expectations, scikit-learn, onnxruntime
	@PYTHONDONTWRITEBYTECODE= NODE_COMPILE_CACHE=$(CURDIR)/node_modules/.cache/tests npm run test:peers --silent

.PHONY: bench
bench: install ## measure, beside the peers where there are any; results in bench/results
	@npm run bench --silent

.PHONY: clean
clean: ## remove what the pipeline made: data, models, reports, cache, tracking store
	@rm -rf data/raw/*.parquet data/raw/*.json data/processed/*.parquet models/boosting models/logistic
	@rm -rf plots/boosting plots/logistic reports/promotion.json .dvc/cache .dvc/tmp .mlpt demo

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
