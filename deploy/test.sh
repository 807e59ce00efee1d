#!/usr/bin/env bash
# Everything that must hold before a change goes in: linters, the pure tests on each other Python of this machine,
# the whole suite with branch coverage, and the coverage floors. All of it runs, then what failed is named.
# The suite waits for half of its time, so it runs in TOCSIN_TEST_WORKERS processes (3, meant for two cores), and
# the linters and other Pythons run beside it, on what it leaves of the cores. Arguments go to the suite's pytest.
set -uo pipefail
cd "$(dirname "$0")/.."

failed=()
names=()
jobs_beside=()
pythons=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
output=.cache/test-output
beside=.cache/test-beside

check() { # <name> <command...>: run it, and remember when it fails
  local name=$1
  shift
  printf '\n== %s (after %d s)\n' "$name" "$SECONDS"
  "$@" || failed+=("$name")
}

beside() { # <name> <command...>: run it beside all that follows, with less right to the processor; see `gather`
  local log=$beside/${#names[@]} name=$1
  shift
  names+=("$name")
  (
    renice -n 10 -p "$BASHPID" >/dev/null
    "$@"
  ) </dev/null >"$log" 2>&1 &
  jobs_beside+=($!)
}

gather() { # wait for what runs beside, show what it said, and remember what failed
  local place
  for place in "${!names[@]}"; do
    wait "${jobs_beside[$place]}" || failed+=("${names[$place]}")
    printf '\n== %s (gathered after %d s)\n' "${names[$place]}" "$SECONDS"
    cat "$beside/$place"
  done
}

linters() {
  local bad=0
  .venv/bin/ruff check --quiet || bad=1
  .venv/bin/ruff format --check --quiet || bad=1
  .venv/bin/lint-imports || bad=1
  .venv/bin/mypy || bad=1
  return $bad
}

pure_tests() { # <version> <python>: that this Python runs it; that the properties hold is shown by the suite
  deploy/setup.sh unit ".cache/venv-$1" "$2" &&
    TOCSIN_TEST_EXAMPLES=10 ".cache/venv-$1/bin/python" -m pytest -q -p no:cacheprovider "${pure[@]}"
}

all_tests() { .venv/bin/coverage run -m pytest -n "${TOCSIN_TEST_WORKERS:-3}" --dist worksteal --durations=15 "$@" | tee "$output"; }

floors() {
  .venv/bin/coverage combine --quiet &&
    .venv/bin/coverage json --quiet -o .cache/coverage/report.json &&
    .venv/bin/python deploy/coverage_floors.py .cache/coverage/report.json
}

mkdir -p .cache/coverage "$beside"
rm -f .cache/coverage/* "$beside"/*
export COVERAGE_FILE=$PWD/.cache/coverage/data
trap 'kill $(jobs -p) 2>/dev/null' EXIT

pure=()
for folder in tests/domain tests/ingest tests/playbooks; do
  [ -d "$folder" ] && pure+=("$folder")
done
beside "linters, types, direction of imports" linters
main=$pythons
while read -r version path; do
  [ "$version" = "$main" ] && continue
  beside "pure tests on Python $version" pure_tests "$version" "$path"
  pythons+=", $version (pure tests)"
done < <(env -u PYTHON deploy/pythons.sh)

# In a fresh checkout one process compiles the tests, and not each worker all of them, under coverage at that.
[ -d tests/__pycache__ ] || .venv/bin/python -m pytest --collect-only --quiet >/dev/null || true
check "all tests" all_tests "$@"
check "coverage floors" floors
gather

printf '\n== summary (after %d s)\n' "$SECONDS"
sed -n '/= ran against =/,$p' "$output"
echo "Python $pythons"
if [ ${#failed[@]} -gt 0 ]; then
  printf 'FAILED: %s\n' "${failed[@]}"
  exit 1
fi
echo "passed"
