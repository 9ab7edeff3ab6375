#!/bin/sh
# Makes .venv and installs this project into it: setup.sh PYTHON ".[extra]"
# On Linux the CPU build of torch is asked for where PyTorch's index answers within two seconds: without it pip
# would bring several gigabytes of CUDA. Where it does not answer, plain pip decides.
set -eu
python=$1 target=$2 cpu_index=https://download.pytorch.org/whl/cpu

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "precedent needs Python 3.11 or newer; name one: make PYTHON=python3.12 ..." >&2; exit 2; }
[ -x .venv/bin/python ] || "$python" -m venv .venv

extra=
if [ "$(uname -s)" = Linux ] && "$python" -c "import urllib.request as u; u.urlopen('$cpu_index/torch/', timeout=2)" 2>/dev/null; then
  extra="--extra-index-url $cpu_index"
fi
echo "Setting up .venv (a few minutes the first time) ..." >&2
# shellcheck disable=SC2086
.venv/bin/python -m pip install --quiet --disable-pip-version-check $extra -c constraints.txt -e "$target"
