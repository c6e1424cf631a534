#!/bin/sh
# Makes both models from nothing: a virtual environment where there is none yet, then make_models.py with this
# script's arguments. VENV says where the environment is; PIP_ARGUMENTS are added to pip's, for example
# `--extra-index-url https://download.pytorch.org/whl/cpu` for a PyTorch without CUDA.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
venv=${VENV:-"$here/../../.build/venv-models"}
if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
if ! "$venv/bin/python" -c 'import tokenizers, torch, transformers' 2>/dev/null; then
    # shellcheck disable=SC2086
    "$venv/bin/pip" install --quiet ${PIP_ARGUMENTS:-} -r "$here/requirements.txt"
fi
cd "$here"
exec "$venv/bin/python" make_models.py "$@"
