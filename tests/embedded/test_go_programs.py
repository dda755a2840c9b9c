"""Go's own words, when it does not build a work, become a sentence: what to repair in the code, what
to install, or what this machine lacks, for which nobody's code is at fault.
"""

import os
import re
import subprocess
import sys

import psutil
import pytest

from harness.grade.whose_fault import is_the_works
from harness.stack.errors import StackError
from harness.stack.go_programs import built
from harness.stack.waiting import until
from tests.skeletons import go_packages

pytestmark = pytest.mark.embedded
PROGRAM = "lab6/api/main.go"
GOOD = 'package main\nfunc main() { println("api") }\n'
MODULE = "module lab6\n\ngo 1.19\n"


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A folder for a lab, on a machine whose Go asks nobody for a library."""
    if missing := go_packages.lacking():
        pytest.skip(f"NOT CHECKED HERE, go: {missing}")
    monkeypatch.setenv("GOPROXY", "off")
    (tmp_path / "лаб 6" / PROGRAM).parent.mkdir(parents=True)
    (tmp_path / "out").mkdir()
    return tmp_path / "лаб 6"


def make(lab, text=GOOD, **files):
    """The file of this program, which may be one of several; ``go_mod`` is the module's."""
    (lab / PROGRAM).write_text(text, encoding="utf-8")
    for name, content in files.items():
        place = (lab / PROGRAM).with_name(name.replace("_", "."))
        place.write_text(content, encoding="utf-8")
    return built(lab, PROGRAM, lab.parent / "out", lambda _: None)


def complaint(lab, text=GOOD, **files):
    """How it is refused."""
    with pytest.raises(StackError) as refused:
        make(lab, text, **files)
    return refused.value


@pytest.mark.parametrize("module", [None, "lab6/api/go.mod", "go.mod"])
def test_it_is_built_with_a_module_and_without(lab, module):
    """Several files are one program; the module may be the work's. A repository that git does not
    trust is no obstacle, nor is what a shell has set for other programs."""
    if module:
        (lab / module).write_text(MODULE, encoding="utf-8")
    (lab / ".git").write_text("gitdir: /nowhere", encoding="utf-8")
    with pytest.MonkeyPatch.context() as shell:
        for name, value in (("GOOS", "plan9"), ("GOFLAGS", "-nonsense"), ("GOWORK", "/no")):
            shell.setenv(name, value)
        shell.delenv("HOME")
        program = make(
            lab,
            "package main\nfunc main() { println(word) }\n",
            word_go='package main\nvar word = "api"\n',
        )
    run = subprocess.run([program], capture_output=True, check=True, timeout=60)
    assert run.stderr == b"api\n"


@pytest.mark.parametrize("module", [{}, {"go_mod": MODULE}])
@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("logg.Println()", "undefined: logg"),
        ("println(", "unexpected }"),
        ('var a, b string = "x"', "assignment mismatch"),
    ],
)
def test_the_line_to_repair_is_named_from_the_works_folder_on(lab, module, line, names):
    """It is the first; the kit's finder of causes reads it as it reads a build in containers."""
    error = complaint(lab, f"package main\n\nfunc main() {{\n\t{line}\n}}\n", **module)
    assert error.reference == "go-build-failed"
    assert is_the_works(error, starting=True)
    assert re.match(rf"{PROGRAM}:[45]:", error.facts["log"])
    assert names in error.facts["log"]
    assert "\t" not in error.facts["log"]
    assert str(lab) not in error.facts["log"]


@pytest.mark.parametrize("module", [{}, {"go_mod": MODULE}])
def test_a_library_that_is_not_installed_is_named(lab, module):
    """Nobody's code is at fault there."""
    imports = GOOD.replace("\n", '\nimport _ "example.org/not/here"\n', 1)
    error = complaint(lab, imports, **module)
    assert error.reference == "modules-missing"
    assert not is_the_works(error, starting=True)
    assert error.facts["package"] == "example.org/not/here"
    assert str(error.facts["folder"]) == "lab6/api"


@pytest.mark.parametrize(
    "module",
    [
        f"{MODULE}require github.com/gomodule/redigo v1.8.9\n",
        "module lab6\n\ngo 1.23.0\n",
        f"{MODULE}toolchain go1.99\n",
        "nonsense",
    ],
)
def test_what_the_machine_lacks_is_nobodys_fault(lab, module):
    """A network for the module's libraries, a newer Go."""
    imports = GOOD.replace("\n", '\nimport _ "github.com/gomodule/redigo/redis"\n', 1)
    error = complaint(lab, imports, go_mod=module)
    assert error.reference in ("go-trouble", "modules-missing")
    assert not is_the_works(error, starting=True)


@pytest.mark.parametrize(
    ("text", "files", "reference"),
    [
        (GOOD.replace("package main", "package worker"), {}, "go-not-main"),
        (GOOD, {"old_go": "package helper\n"}, "go-build-failed"),
        (GOOD, {"old_go": GOOD}, "go-build-failed"),
        ('package main\nimport "strngs"\n', {}, "go-build-failed"),
    ],
)
def test_what_is_no_program_is_the_works_matter(lab, text, files, reference):
    """A library, two packages in one folder, two programs, a name that Go does not have."""
    error = complaint(lab, text, **files)
    assert error.reference == reference
    assert is_the_works(error, starting=True)


@pytest.mark.skipif(os.name == "nt", reason="a script is the program")
@pytest.mark.parametrize("signal", [2, 15])
def test_a_build_that_hangs_ends_with_its_command(tmp_path, signal):
    """Ctrl-C and a request to end reach whatever Go has started."""
    script = tmp_path / "bin" / "go"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho $$ > $(dirname $0)/pid\nsleep 600 &\nwait\n", "utf-8")
    script.chmod(0o755)
    for service in ("api", "worker"):
        file = tmp_path / "work" / "lab6" / service / "main.go"
        file.parent.mkdir(parents=True)
        file.write_text(GOOD, encoding="utf-8")
    env = os.environ | {"PATH": f"{script.parent}{os.pathsep}{os.environ['PATH']}"}
    command = [sys.executable, "-m", "harness.cli", "demo", "work", "--runtime", "embedded"]
    run = subprocess.Popen(command, cwd=tmp_path, env=env, stderr=subprocess.PIPE)
    until((script.parent / "pid").is_file, deadline_s=60, what="the build")
    run_pid = psutil.Process(run.pid)
    family = run_pid.children(recursive=True)
    until(lambda: len(run_pid.children(recursive=True)) > 2, deadline_s=60, what="its child")
    family = run_pid.children(recursive=True)
    run.send_signal(signal)
    run.communicate(timeout=60)
    gone, alive = psutil.wait_procs(family, timeout=30)
    assert alive == []
    assert len(gone) > 2
