# Makes pvopt's Python environment and enters it:   . ./env.sh && python main.py
#
#   . ./env.sh sim   adds what the simulator's extras need (compiler, pictures, cluster): for
#                    simulate, benchmark and sweep; an appliance does without.
#                    (A shell that hands no words to a sourced file, as dash:  set -- sim  before.)
#
# Works in bash, zsh, dash and other POSIX shells, from any folder. The first time takes some
# minutes on a small Pi, later ones a few hundredths of a second. A fault is said in words and
# makes the line above stop there; the shell itself goes on as it was.
#
# The work is done by a shell of its own (this file run by sh, with _pvopt_step=make), so that
# nothing in the calling shell, its options, aliases and variables, is touched or matters.

if [ "${_pvopt_step-}" = make ]; then
  unset PYTHONHOME _pvopt_step
  say() { printf 'pvopt: %s\n' "$*" >&2; }

  is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

  is_pi() {
    model=${PVOPT_DEVICE_TREE:-/proc/device-tree}/model
    [ -r "$model" ] && tr -d '\0' <"$model" | grep -q 'Raspberry Pi'
  }

  find_python() {
    # On a Pi the system's own Python first: lgpio comes from apt and serves that one only.
    first=python3
    if is_pi; then first=/usr/bin/python3; fi
    for candidate in "$first" python3 python3.13 python3.12 python3.11; do
      if is_new_enough "$candidate"; then
        command -v "$candidate"
        return 0
      fi
    done
    if command -v python3 >/dev/null 2>&1; then
      say "Python 3.11 or newer is needed; python3 here is $(python3 -V 2>&1 | cut -d' ' -f2)." \
        "Raspberry Pi OS and Debian have it from version 12 (bookworm) on."
    else
      say "Python is missing. Install it:  sudo apt install python3 python3-venv"
    fi
    return 1
  }

  make_venv() {
    python=$(find_python) || return 1
    if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
      say "Python's venv is missing. Install it:  sudo apt install python3-venv"
      return 1
    fi
    site=
    if is_pi; then site=--system-site-packages; fi
    say "making the Python environment in $home/.venv (once)"
    # shellcheck disable=SC2086  # an empty $site must vanish
    "$python" -m venv --clear $site .venv >&2 && return 0
    say "the environment could not be made; is there room, and may you write to $home?"
    return 1
  }

  minor() { .venv/bin/python -c 'import sys, pip; print("%d.%d" % sys.version_info[:2])' 2>/dev/null; }

  stamp() { printf '%s %s' "$(.venv/bin/python -V 2>&1)" "$(cksum <"$1")"; }

  is_done() { [ -f "$2" ] && [ "$(cat "$2")" = "$(stamp "$1")" ]; }

  # What the first file lists; its stamp goes into the second.
  install_list() {
    if ! log=$(.venv/bin/python -m pip install -q --disable-pip-version-check -r "$1" 2>&1); then
      printf '%s\n' "$log" >&2
      return 1
    fi
    stamp "$1" >"$2"
  }

  cd "$(dirname "$0")" && home=$(pwd -P) || exit 1
  if ! [ -f main.py ] || ! [ -f requirements.txt ]; then
    say "$home is not the folder of pvopt (main.py and requirements.txt are not there)"
    exit 1
  fi
  if ! is_done requirements.txt .venv/pvopt-stamp; then
    # A Python that was upgraded leaves an environment whose packages it does not find.
    if ! minor=$(minor) || ! [ -d ".venv/lib/python$minor" ]; then make_venv || exit 1; fi
    say "installing the Python packages (once)"
    if ! install_list requirements.txt .venv/pvopt-stamp; then
      say "the packages could not be installed, see above; is the network there?"
      exit 1
    fi
    if is_pi && ! .venv/bin/python -c 'import lgpio' 2>/dev/null; then
      say "to drive the pins:  sudo apt install python3-lgpio"
    fi
  fi
  if [ "${1-}" = sim ] && ! is_done requirements-sim.txt .venv/pvopt-sim-stamp; then
    say "installing the simulator's extras (once, some 400 MB)"
    if ! install_list requirements-sim.txt .venv/pvopt-sim-stamp; then
      say "the extras could not be installed, see above; is the network there?" \
        "They need a 64-bit system; without them everything else works:  . ./env.sh"
      exit 1
    fi
  fi
  printf '%s\n' "$home"
  exit 0
fi

# From here on in the calling shell. Was this file run as a program? Then it would enter the
# environment in a shell that ends with it.
_pvopt_run=
if [ -n "${BASH_VERSION-}" ]; then
  (return 0 2>/dev/null) || _pvopt_run=1
elif [ -n "${ZSH_VERSION-}" ]; then
  case ${ZSH_EVAL_CONTEXT-file} in *file*) ;; *) _pvopt_run=1 ;; esac
else
  case $0 in env.sh | */env.sh) _pvopt_run=1 ;; esac
fi
if [ -n "$_pvopt_run" ]; then
  echo "pvopt: run like this, env.sh changes nothing. Source it:   . ./env.sh   (mind the dot)" >&2
  exit 1
fi
unset _pvopt_run

# Which file is this? Only bash and zsh tell.
_pvopt_file=
if [ -n "${BASH_VERSION-}" ]; then
  eval '_pvopt_file=${BASH_SOURCE[0]}'
elif [ -n "${ZSH_VERSION-}" ]; then
  eval '_pvopt_file=${(%):-%x}'
else
  # dash keeps the file open while it reads it.
  for _pvopt_fd in /proc/$$/fd/*; do
    case $(\readlink "$_pvopt_fd" 2>/dev/null) in
    */env.sh) _pvopt_file=$(\readlink "$_pvopt_fd") ;;
    esac
  done
  unset _pvopt_fd
  if ! [ -f "$_pvopt_file" ]; then _pvopt_file=${PVOPT_HOME:-$PWD}/env.sh; fi
fi

if ! [ -f "$_pvopt_file" ]; then
  echo "pvopt: this shell does not say where env.sh is: go to its folder first" >&2
  unset _pvopt_file
  return 1 2>/dev/null || false
elif _pvopt_home=$(\env _pvopt_step=make sh "$_pvopt_file" "${1-}"); then
  export VIRTUAL_ENV="$_pvopt_home/.venv"
  case ":$PATH:" in
  ":$VIRTUAL_ENV/bin:"*) ;;
  *) export PATH="$VIRTUAL_ENV/bin:$PATH" ;;
  esac
  unset PYTHONHOME _pvopt_file _pvopt_home
else
  unset _pvopt_file _pvopt_home
  return 1 2>/dev/null || false
fi
