#!/usr/bin/env bash
# Resolve the dependencies once for every supported Python and platform, with hashes (`make lock`), or show that
# what is locked can be installed from wheels alone on each Python (`make lock-check`).
set -euo pipefail
cd "$(dirname "$0")/.."
lock=deploy/lock
supported=(3.11 3.12 3.13 3.14)

uv=$(command -v uv || command -v .venv/bin/uv || true)
if [ -z "$uv" ]; then
  echo "lock: needs uv, on PATH or from \`make setup\`" >&2
  exit 1
fi

compile() { # <output> <arguments...>: no index address ends up in the file
  local output=$1
  shift
  "$uv" pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes --no-annotate \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --output-file "$output" "$@"
}

check() {
  local version file
  for version in "${supported[@]}"; do
    for file in runtime embedded unit dev; do
      echo "lock: $file on Python $version"
      "$uv" pip compile "$lock/$file.txt" --quiet --only-binary :all: --python-version "$version" \
        --python-platform x86_64-manylinux_2_28 --no-header --output-file /dev/null
    done
  done
}

case ${1:-make} in
make)
  # The largest first; the others are held to the same versions.
  compile "$lock/dev.txt" --extra embedded --extra tracing --group dev
  compile "$lock/unit.txt" --group build --group unit --constraint "$lock/dev.txt"
  compile "$lock/embedded.txt" --extra embedded --group build --constraint "$lock/dev.txt"
  compile "$lock/runtime.txt" --extra tracing --group build --constraint "$lock/dev.txt"
  ;;
check) check ;;
*)
  echo "usage: deploy/lock.sh [make|check]" >&2
  exit 2
  ;;
esac
