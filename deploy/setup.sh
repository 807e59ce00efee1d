#!/usr/bin/env bash
# Make a virtual environment from the locked dependencies and install this project into it, editable.
# Usage: deploy/setup.sh <runtime|embedded|unit|dev> [folder, .venv by default] [python]
# An environment that already holds what the lock says is left as it is.
set -euo pipefail
cd "$(dirname "$0")/.."

lock=${1:?usage: deploy/setup.sh <runtime|embedded|unit|dev> [folder] [python]}
venv=${2:-.venv}
python=${3:-}
requirements=deploy/lock/$lock.txt

say() { echo "setup: $*" >&2; }

stamp() { # what an environment must have been made from
  { cat "$requirements" pyproject.toml && pwd; } | cksum
}

holds() { # <lock>: whether the environment was made from this lock as it is now
  local stamp_file=$venv/.stamp-$1
  [ -f "$stamp_file" ] && [ "$(requirements=deploy/lock/$1.txt && stamp)" = "$(cat "$stamp_file")" ]
}

find_uv() { command -v uv || command -v .venv/bin/uv || true; } # the development tools bring it along

supported() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null; }

if supported "$venv/bin/python" && { holds "$lock" || holds dev; }; then
  exit 0
fi

if ! supported "$venv/bin/python"; then
  if [ -z "$python" ]; then
    read -r _ python < <(deploy/pythons.sh) || true
  fi
  if [ -z "$python" ]; then
    say "no usable Python 3.11 to 3.14 found."
    say "Looked at PYTHON, python3, python3.11 to python3.14, and pyenv's. On Debian: apt install python3 python3-venv"
    exit 1
  fi
  say "$venv with $python"
  rm -rf "$venv"
  uv=$(find_uv)
  "$python" -m venv ${uv:+--without-pip} "$venv"
fi

# Commands shall start fast from the first time on; of the pure tests' environments little is imported.
compile=compile
[ "$lock" = unit ] && compile=no-compile

with_uv() { # uv takes a tenth of pip's time
  local install=("$uv" pip install --quiet --python "$venv/bin/python")
  "${install[@]}" "--$compile-bytecode" --require-hashes -r "$requirements" &&
    "${install[@]}" --no-deps --no-build-isolation --editable .
}

by_pip() { "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --root-user-action ignore --retries 10 "$@"; }

with_pip() {
  { "$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$venv/bin/python" -m ensurepip >/dev/null; } &&
    by_pip "--$compile" --require-hashes -r "$requirements" &&
    by_pip --no-deps --no-build-isolation --editable .
}

uv_by_pip() { # of the development tools uv comes first, and installs the others
  awk '/^[a-z]/ { wanted = /^uv==/ } wanted' "$requirements" >"$venv/.uv.txt" &&
    by_pip --require-hashes -r "$venv/.uv.txt"
}

say "installing deploy/lock/$lock.txt"
uv=$(find_uv)
if [ -z "$uv" ] && [ "$lock" = dev ] && uv_by_pip; then
  uv=$venv/bin/uv
fi
if [ -z "$uv" ]; then
  with_pip
elif ! with_uv; then
  say "$uv could not; trying pip, which may know of another package index"
  with_pip
fi
stamp >"$venv/.stamp-$lock"
say "ready"
