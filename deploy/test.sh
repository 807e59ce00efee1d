#!/usr/bin/env bash
# Everything that must hold before a change goes in: linters, the pure tests on each Python of this machine, the
# whole suite with branch coverage, and the coverage floors. Arguments go to pytest of the whole suite.
set -euo pipefail
cd "$(dirname "$0")/.."

pure=()
for folder in tests/domain tests/ingest tests/playbooks; do
  [ -d "$folder" ] && pure+=("$folder")
done

step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

lint() {
  .venv/bin/ruff check
  .venv/bin/ruff format --check
  .venv/bin/mypy
  .venv/bin/lint-imports
}

pure_tests_elsewhere() { # on the Pythons that the whole suite does not run on
  local version path main
  main=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  while read -r version path; do
    [ "$version" = "$main" ] && continue
    step "pure tests on Python $version"
    deploy/setup.sh unit ".cache/venv-$version" "$path"
    ".cache/venv-$version/bin/python" -m pytest -q -p no:cacheprovider "${pure[@]}" </dev/null
    pythons+=" $version"
  done < <(env -u PYTHON deploy/pythons.sh)
}

pythons=$(.venv/bin/python -c 'import sys; print("%d.%d (all tests)" % sys.version_info[:2])')
step "linters"
lint
[ ${#pure[@]} -eq 0 ] || pure_tests_elsewhere

step "all tests"
rm -rf .cache/coverage
mkdir -p .cache/coverage
export COVERAGE_FILE=$PWD/.cache/coverage/data
.venv/bin/coverage run -m pytest "$@"

step "coverage"
.venv/bin/coverage combine --quiet
.venv/bin/coverage json --quiet -o .cache/coverage/report.json
.venv/bin/python deploy/coverage_floors.py .cache/coverage/report.json

step "passed: linters, tests on Python $pythons, coverage"
