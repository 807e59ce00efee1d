#!/usr/bin/env bash
# Print "<version> <path>" of each supported Python on this machine, one a version, that can make environments.
# PYTHON=... restricts the search to that one.
set -euo pipefail

supported=(3.11 3.12 3.13 3.14)
probe='import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2], sys.executable)'

candidates() {
  local version
  if [ -n "${PYTHON:-}" ]; then
    echo "$PYTHON"
    return
  fi
  echo python3
  for version in "${supported[@]}"; do
    # The last of several patch releases under pyenv is the newest.
    printf '%s\n' "python$version" "/usr/bin/python$version" "/usr/local/bin/python$version"
    find "${PYENV_ROOT:-$HOME/.pyenv}/versions" -path "*/$version.*/bin/python" 2>/dev/null | sort -rV || true
  done
}

declare -A seen=()
while read -r candidate; do
  # A shim of pyenv may exist and still lead nowhere, so each one is run.
  found=$("$candidate" -c "$probe" 2>/dev/null </dev/null) || continue
  version=${found%% *}
  [[ " ${supported[*]} " == *" $version "* && -z ${seen[$version]:-} ]] || continue
  seen[$version]=1
  echo "$found"
done < <(candidates)
