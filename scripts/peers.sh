#!/bin/sh
# Makes the virtual environments of the peers, once a list of requirements: .venv and, because their
# libraries clash with the others', .venv-gx, .venv-evidently, .venv-feast and .venv-bento; and .venv-node, with a peer from npm.
set -eu
cd "$(dirname "$0")/.."

# pip compiles every module of five environments, minutes of processor time; uv leaves that to the first import of each.
if [ ! -x .venv-uv/bin/uv ]; then
  python3 -m venv .venv-uv
  .venv-uv/bin/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
fi

version() { "$1" -c 'import sys; print(sys.version_info[:2])'; }
# A Python that pyenv built is a quarter slower than the system's own.
python=$(command -v python3)
if [ -x /usr/bin/python3 ] && [ "$(version /usr/bin/python3)" = "$(version python3)" ]; then python=/usr/bin/python3; fi

make_venv() {
  folder=$1 requirements=$2
  stamp="$folder/.requirements"
  if cmp -s "$requirements" "$stamp"; then return; fi
  echo "installing $requirements into $folder"
  rm -rf "$folder"
  .venv-uv/bin/uv venv --quiet --seed --python "$python" "$folder"
  .venv-uv/bin/uv pip install --quiet --python "$folder/bin/python" -r "$requirements"
  cp "$requirements" "$stamp"
}

make_venv .venv tests/peers/requirements.txt
make_venv .venv-gx tests/peers/requirements-gx.txt
make_venv .venv-evidently tests/peers/requirements-evidently.txt
make_venv .venv-feast tests/peers/requirements-feast.txt
make_venv .venv-bento tests/peers/requirements-bento.txt

# onnxruntime for Node, half a minute and 300 MB, is an optional peer dependency: it stays out of node_modules.
if [ ! -d .venv-node/node_modules/onnxruntime-node ]; then
  echo 'installing onnxruntime-node into .venv-node'
  npm install --prefix .venv-node --ignore-scripts --no-save --no-audit --no-fund --loglevel error onnxruntime-node@1.30.0
fi
# PyPI's torch takes gigabytes. Debian's does where it is installed, if its Python is of the same version.
torch=/usr/lib/python3/dist-packages/torch
packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
if [ -d "$torch" ] && [ ! -e "$packages/torch" ] &&
  [ "$(version /usr/bin/python3)" = "$(version .venv/bin/python)" ]; then
  ln -s "$torch" "$packages/torch"
fi
