"""env.sh in real shells: enters the environment from anywhere, leaves the shell as it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHELLS = ["bash", "zsh", "dash"]
TOOLS = ["sh", "env", "cat", "cut", "cksum", "dirname", "grep", "readlink", "rm", "tr"]


def clone(folder: Path) -> Path:
    """A folder as of a fresh clone, but with nothing to download."""
    folder.mkdir(parents=True)
    for name in ("env.sh", "main.py"):
        shutil.copy(ROOT / name, folder)
    for name in ("requirements.txt", "requirements-sim.txt"):
        (folder / name).write_text("# nothing\n")
    return folder


def run(
    shell: str, script: str, cwd: Path, path: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """The script in a shell that has read nobody's start-up files."""
    found = shutil.which(shell)
    if found is None:
        pytest.skip(f"{shell} is not installed; the full tests/run.sh installs it")
    clean = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONHOME")}
    if path is None:
        # Not the environment that the tests run in.
        path = os.pathsep.join(
            part for part in clean["PATH"].split(os.pathsep) if ".venv" not in part
        )
    return subprocess.run(
        [found, *(["-f"] if shell == "zsh" else []), "-c", script],
        cwd=cwd,
        env={**clean, "PATH": path, "HOME": str(cwd), **environ},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone whose environment was made by env.sh, in a folder that needs quoting."""
    folder = clone(tmp_path_factory.mktemp("env") / "a $HOME 'pv' opt")
    first = run("dash", ". ./env.sh && command -v python", folder)
    assert first.returncode == 0, first.stderr
    assert first.stdout.strip() == f"{folder}/.venv/bin/python"
    assert "making the Python environment" in first.stderr
    assert "installing the Python packages" in first.stderr
    return folder


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("options", ["", "set -e;", "set -u;", "set -eu;", "set -f; set -C;"])
def test_second_time_is_silent(made: Path, shell: str, options: str) -> None:
    script = f'{options} . ./env.sh && command -v python && echo "$VIRTUAL_ENV"'
    done = run(shell, script, made)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{made}/.venv/bin/python", f"{made}/.venv"]


@pytest.mark.parametrize("shell", SHELLS)
def test_second_time_is_quick(made: Path, shell: str) -> None:
    started_s = time.monotonic()
    run(shell, ". ./env.sh", made)
    assert time.monotonic() - started_s < 1.0  # 0.03 s on an idle machine


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("how", ["{0}/env.sh", "../{1}/env.sh", "./sub/../../{1}/env.sh"])
def test_from_any_folder(made: Path, shell: str, how: str) -> None:
    elsewhere = made.parent / "else"
    (elsewhere / "sub").mkdir(parents=True, exist_ok=True)
    name = how.format(made, made.name).replace("'", "'\\''")
    done = run(shell, f". '{name}' && command -v python && pwd", elsewhere)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [f"{made}/.venv/bin/python", str(elsewhere)]


@pytest.mark.parametrize("shell", SHELLS)
def test_inside_a_function_with_arguments(made: Path, shell: str) -> None:
    done = run(shell, 'f() { . ./env.sh; echo "$1"; }; f mine; command -v python', made)
    assert done.stdout.splitlines() == ["mine", f"{made}/.venv/bin/python"]


# dash hands no words to a sourced file.
SIM = {"bash": ". ./env.sh sim", "zsh": ". ./env.sh sim", "dash": "set -- sim; . ./env.sh"}


@pytest.mark.parametrize("shell", SHELLS)
def test_the_extras_are_installed_once_and_only_when_asked_for(made: Path, shell: str) -> None:
    stamp = made / ".venv/pvopt-sim-stamp"
    stamp.unlink(missing_ok=True)
    assert run(shell, "f() { . ./env.sh; }; f mine", made).stderr == ""
    assert not stamp.exists()
    first = run(shell, f"{SIM[shell]} && command -v python", made)
    assert "installing the simulator's extras" in first.stderr
    assert "installing the Python packages" not in first.stderr
    second = run(shell, f"{SIM[shell]} && command -v python", made)
    assert (second.returncode, second.stderr) == (0, "")
    assert first.stdout == second.stdout == f"{made}/.venv/bin/python\n"


@pytest.mark.parametrize("shell", SHELLS)
def test_extras_that_cannot_be_installed(made: Path, tmp_path: Path, shell: str) -> None:
    folder = clone(tmp_path / "pvopt")
    (folder / ".venv").symlink_to(made / ".venv")
    (made / ".venv/pvopt-sim-stamp").unlink(missing_ok=True)
    (folder / "requirements-sim.txt").write_text("./no-such-package\n")
    done = run(shell, f"{SIM[shell]} && echo started; echo alive", folder)
    assert "extras could not be installed" in done.stderr
    assert "no-such-package" in done.stderr, "pip's own words are shown"
    assert done.stdout.splitlines() == ["alive"]
    assert not (made / ".venv/pvopt-sim-stamp").exists()
    plain = run(shell, ". ./env.sh && command -v python", folder)
    assert (plain.returncode, plain.stderr) == (0, ""), "without them all goes on"


@pytest.mark.parametrize("shell", SHELLS)
def test_twice_gives_one_entry_in_path(made: Path, shell: str) -> None:
    done = run(shell, '. ./env.sh; . ./env.sh; echo "$PATH"', made)
    assert done.stdout.split(":").count(f"{made}/.venv/bin") == 1


LISTS = {
    "bash": "compgen -v; compgen -A function; compgen -a; shopt; set -o",
    "zsh": "print -l ${(ok)parameters} ${(ok)functions} ${(ok)aliases}; set -o",
    "dash": "set | cut -d= -f1; set -o",
}


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("fails", [False, True])
def test_leaves_nothing_behind(made: Path, tmp_path: Path, shell: str, fails: bool) -> None:
    folder = tmp_path / "empty" if fails else made
    if fails:
        folder.mkdir()
        shutil.copy(ROOT / "env.sh", folder)
    lists = f"{{ {LISTS[shell]}; }} 2>/dev/null"
    # The first listing comes twice: it leaves traces of its own, such as _ and PIPESTATUS.
    done = run(shell, f"{lists} >0; {lists} >1; . ./env.sh; {lists} >2; :", folder)
    before = set((folder / "1").read_text().splitlines())
    after = set((folder / "2").read_text().splitlines())
    assert len(before) > 20
    assert after - before == (set() if fails else {"VIRTUAL_ENV"})
    assert before - after == set()
    assert ("not the folder of pvopt" in done.stderr) == fails


@pytest.mark.parametrize("shell", SHELLS)
def test_aliases_of_the_caller_do_not_matter(made: Path, shell: str) -> None:
    traps = "; ".join(f"alias {name}=false" for name in ("cd", "cat", "env", "sh", "readlink"))
    expand = "shopt -s expand_aliases; " if shell == "bash" else ""
    done = run(shell, f"{expand}{traps}\n. ./env.sh && command -v python", made)
    assert done.stdout.splitlines() == [f"{made}/.venv/bin/python"]


def tools(folder: Path, **scripts: str) -> str:
    """A PATH with the few tools that env.sh calls, and these scripts besides."""
    folder.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return str(folder)


OLD = "case $1 in -V) echo Python 3.9.2 ;; *) exit 1 ;; esac"
NO_VENV = f'case $2 in *ensurepip*) exit 1 ;; *) exec "{sys.executable}" "$@" ;; esac'


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("python", "words"),
    [
        ({}, "Install it:  sudo apt install python3 python3-venv"),
        ({"python3": OLD}, "Python 3.11 or newer is needed; python3 here is 3.9.2"),
        ({"python3": NO_VENV}, "Install it:  sudo apt install python3-venv"),
    ],
)
def test_says_what_to_install(
    tmp_path: Path, shell: str, python: dict[str, str], words: str
) -> None:
    folder = clone(tmp_path / "pvopt")
    path = tools(tmp_path / "bin", **python)
    done = run(shell, ". ./env.sh && echo started; echo alive", folder, path)
    assert words in done.stderr
    assert done.stdout.splitlines() == ["alive"], "the shell goes on, the job does not start"


@pytest.mark.parametrize("shell", SHELLS)
def test_packages_that_cannot_be_installed(made: Path, tmp_path: Path, shell: str) -> None:
    folder = clone(tmp_path / "pvopt")
    (folder / ".venv").symlink_to(made / ".venv")
    (folder / "requirements.txt").write_text("./no-such-package\n")
    stamp = (made / ".venv/pvopt-stamp").read_text()
    done = run(shell, ". ./env.sh && echo started; echo alive", folder)
    assert "could not be installed" in done.stderr
    assert "no-such-package" in done.stderr, "pip's own words are shown"
    assert done.stdout.splitlines() == ["alive"]
    assert (made / ".venv/pvopt-stamp").read_text() == stamp


def test_changed_requirements_are_installed(made: Path) -> None:
    requirements = made / "requirements.txt"
    before = requirements.read_text()
    requirements.write_text("pip\n")
    try:
        assert "installing" in run("dash", ". ./env.sh", made).stderr
        assert run("dash", ". ./env.sh", made).stderr == ""
    finally:
        requirements.write_text(before)
        run("dash", ". ./env.sh", made)


def test_dash_without_proc_uses_the_folder_or_pvopt_home(made: Path, tmp_path: Path) -> None:
    """A shell that tells nothing: env.sh looks in PVOPT_HOME, or else in the present folder."""
    blind = (made / "env.sh").read_text().replace("/proc/$$/fd/", "/nowhere/")
    (tmp_path / "copy.sh").write_text(blind)
    source = f". {tmp_path}/copy.sh && command -v python"
    assert run("dash", source, made).stdout.strip() == f"{made}/.venv/bin/python"
    done = run("dash", source, tmp_path, PVOPT_HOME=str(made))
    assert done.stdout.strip() == f"{made}/.venv/bin/python"
    lost = run("dash", f"{source}; echo alive", tmp_path)
    assert lost.stdout.strip() == "alive"
    assert "go to its folder first" in lost.stderr


@pytest.mark.slow
def test_on_a_pi_the_systems_packages_are_seen(tmp_path: Path) -> None:
    folder = clone(tmp_path / "pvopt")
    (tmp_path / "model").write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    done = run("dash", ". ./env.sh && echo ok", folder, PVOPT_DEVICE_TREE=str(tmp_path))
    assert done.stdout.strip() == "ok", done.stderr
    assert "include-system-site-packages = true" in (folder / ".venv/pyvenv.cfg").read_text()


@pytest.mark.slow
def test_an_upgraded_python_gets_a_new_environment(tmp_path: Path) -> None:
    folder = clone(tmp_path / "pvopt")
    assert run("dash", ". ./env.sh", folder).returncode == 0
    assert "include-system-site-packages = false" in (folder / ".venv/pyvenv.cfg").read_text()
    [library] = (folder / ".venv/lib").iterdir()
    library.rename(library.with_name("python3.2"))
    (folder / ".venv/pvopt-stamp").write_text("Python 3.2.1 of another system")
    done = run("dash", ". ./env.sh && python -c 'import pip; print(pip.__file__)'", folder)
    assert "making" in done.stderr
    assert str(folder) in done.stdout


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("name", ["env.sh", "./env.sh"])
def test_run_as_a_program_says_what_to_do(tmp_path: Path, shell: str, name: str) -> None:
    folder = clone(tmp_path / "run")
    done = run("sh", f"{shell} {name}", folder)
    if done.returncode == 127:
        pytest.skip(f"{shell} is not installed; the full tests/run.sh installs it")
    assert done.returncode == 1
    assert ". ./env.sh" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not (folder / ".venv").exists()
