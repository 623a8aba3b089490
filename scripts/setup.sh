# Sourced by run and test: `set_up EXTRAS` makes .venv and installs the package with these extras,
# once for each state of pyproject.toml and constraints.txt. PYTHON=... names another interpreter.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
stamp=$venv/.installed # first line: checksum, second: extras

fail() {
  echo "error: $*" >&2
  exit 1
}

in_range() {
  "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null
}

find_python() {
  local name
  for name in ${PYTHON:+"$PYTHON"} python3 python3.13 python3.12 python3.11 python; do
    if command -v "$name" >/dev/null && in_range "$name"; then
      command -v "$name"
      return
    fi
  done
  local found
  found=$("${PYTHON:-python3}" --version 2>/dev/null) || found="no Python"
  fail "Python 3.11, 3.12 or 3.13 is needed and $found was found:" \
    "install one of them, or name it: PYTHON=/path/to/python3.12 \"$0\""
}

make_venv() {
  local python
  python=$(find_python) || exit 1
  echo "Making $venv with $("$python" --version)"
  "$python" -m venv --clear "$venv" ||
    fail "$python cannot make a virtual environment: install its venv module (Debian: python3-venv)"
}

pip() {
  "$venv/bin/python" -m pip --disable-pip-version-check "$@"
}

registry_answers() {
  local folder status=0
  folder=$(mktemp -d)
  pip download --quiet --no-deps --no-cache-dir --retries 1 --timeout 15 --dest "$folder" \
    hatchling >/dev/null 2>&1 || status=1
  rm -rf "$folder"
  return $status
}

has_extras() { # wanted, installed: comma-separated lists
  local extra
  for extra in ${1//,/ }; do
    case ",$2," in *",$extra,"*) ;; *) return 1 ;; esac
  done
}

set_up() {
  local wanted=$1 checksum before="" extras="" extra
  if ! { [ -x "$venv/bin/python" ] && pip --version >/dev/null 2>&1; }; then
    make_venv
  elif ! in_range "$venv/bin/python"; then
    fail "$venv holds $("$venv/bin/python" --version), 3.11 to 3.13 is needed: remove that folder"
  fi
  checksum=$(cat "$root/pyproject.toml" "$root/constraints.txt" | cksum)
  if [ -f "$stamp" ]; then
    { read -r before && read -r extras; } <"$stamp" || true
  fi
  if [ "$before" = "$checksum" ] && has_extras "$wanted" "$extras"; then
    return
  fi
  for extra in ${wanted//,/ }; do
    has_extras "$extra" "$extras" || extras=${extras:+$extras,}$extra
  done
  registry_answers ||
    fail "the package registry cannot be reached: check the network (or the proxy) and run again"
  echo "Installing lightning-contrast[$extras] into $venv (once; a minute or more)"
  if [ "$(uname -s)" = Linux ] && ! command -v nvidia-smi >/dev/null; then
    echo "No NVIDIA GPU found. Should pip fetch CUDA packages, stop it and use the smaller CPU build:"
    echo "  PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu \"$0\""
  fi
  (cd "$root" && pip install -c constraints.txt -e ".[$extras]") ||
    fail "pip could not install the packages; its message is above"
  printf '%s\n%s\n' "$checksum" "$extras" >"$stamp"
}
