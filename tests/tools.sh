# Sourced by ./kanso and tests/run: finds system tools, and installs what is missing.

# need COMMAND:PACKAGE... installs the Debian package of every command (or file, where it
# begins with a slash) that is missing, or says exactly what to install where it may not.
need() {
  local pair missing=()
  for pair in "$@"; do
    [[ ${pair%%:*} == /* && -e ${pair%%:*} ]] || command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  install_packages "${missing[@]}"
}

install_packages() {
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null && sudo=(sudo)
  fi
  if ! command -v apt-get >/dev/null || { [ "$(id -u)" -ne 0 ] && [ ${#sudo[@]} -eq 0 ]; }; then
    echo "kanso: please install: $*" >&2
    exit 1
  fi
  echo "kanso: installing $*" >&2
  local log
  log=$(mktemp)
  if ! { "${sudo[@]}" apt-get update -qq &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -y -qq --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "kanso: could not install $*; please install them and run this again" >&2
    exit 1
  fi
  rm -f "$log"
}
