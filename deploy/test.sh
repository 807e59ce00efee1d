#!/usr/bin/env bash
# Everything that must hold before a change goes in: linters, the pure tests on each other Python of this machine,
# the whole suite with branch coverage, and the coverage floors. All of it runs, then what failed is named.
# Arguments go to pytest of the whole suite, which runs in TOCSIN_TEST_WORKERS processes (2): half of it is waiting.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
pythons=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
output=.cache/test-output

check() { # <name> <command...>: run it, and remember when it fails
  local name=$1
  shift
  printf '\n== %s (after %d s)\n' "$name" "$SECONDS"
  "$@" || failed+=("$name")
}

pure_tests() { # <version> <python>
  deploy/setup.sh unit ".cache/venv-$1" "$2" &&
    ".cache/venv-$1/bin/python" -m pytest -q -p no:cacheprovider "${pure[@]}" </dev/null
}

all_tests() { .venv/bin/coverage run -m pytest -n "${TOCSIN_TEST_WORKERS:-2}" --dist worksteal --durations=15 "$@" | tee "$output"; }

floors() {
  .venv/bin/coverage combine --quiet &&
    .venv/bin/coverage json --quiet -o .cache/coverage/report.json &&
    .venv/bin/python deploy/coverage_floors.py .cache/coverage/report.json
}

mkdir -p .cache/coverage
rm -f .cache/coverage/*
export COVERAGE_FILE=$PWD/.cache/coverage/data

check "ruff check" .venv/bin/ruff check --quiet
check "ruff format" .venv/bin/ruff format --check --quiet
check "mypy" .venv/bin/mypy
check "lint-imports" .venv/bin/lint-imports

pure=()
for folder in tests/domain tests/ingest tests/playbooks; do
  [ -d "$folder" ] && pure+=("$folder")
done
main=$pythons
while read -r version path; do
  [ "$version" = "$main" ] && continue
  check "pure tests on Python $version" pure_tests "$version" "$path"
  pythons+=", $version (pure tests)"
done < <(env -u PYTHON deploy/pythons.sh)

check "all tests" all_tests "$@"
check "coverage floors" floors

printf '\n== summary (after %d s)\n' "$SECONDS"
sed -n '/= ran against =/,$p' "$output"
echo "Python $pythons"
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo "passed"
