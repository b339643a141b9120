#!/bin/sh
# Makes the virtual environments of the peers, once a list of requirements: .venv and, because their
# libraries clash with the others', .venv-gx, .venv-evidently and .venv-feast.
set -eu
cd "$(dirname "$0")/.."

make_venv() {
  folder=$1 requirements=$2
  stamp="$folder/.requirements"
  if cmp -s "$requirements" "$stamp"; then return; fi
  echo "installing $requirements into $folder"
  rm -rf "$folder"
  python3 -m venv "$folder"
  "$folder/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
  cp "$requirements" "$stamp"
}

make_venv .venv tests/peers/requirements.txt
make_venv .venv-gx tests/peers/requirements-gx.txt
make_venv .venv-evidently tests/peers/requirements-evidently.txt
make_venv .venv-feast tests/peers/requirements-feast.txt
