"""Go's own words, when it does not build a work, become a sentence: what to repair, or to install."""

import subprocess

import pytest

from harness.stack.errors import StackError
from harness.stack.go_programs import built
from tests.skeletons import go_packages

pytestmark = pytest.mark.embedded
PROGRAM = "lab6/api/main.go"
GOOD = 'package main\nfunc main() { println("api") }\n'


@pytest.fixture
def lab(tmp_path, monkeypatch):
    """A folder for a lab, on a machine whose Go asks nobody for a library."""
    if missing := go_packages.lacking():
        pytest.skip(f"NOT CHECKED HERE, go: {missing}")
    monkeypatch.setenv("GOPROXY", "off")
    (tmp_path / "lab" / PROGRAM).parent.mkdir(parents=True)
    return tmp_path / "lab"


def complaint(lab, text):
    """How this program is refused."""
    (lab / PROGRAM).write_text(text, encoding="utf-8")
    with pytest.raises(StackError) as refused:
        built(lab, PROGRAM, lab / "out")
    return refused.value.reference, refused.value.facts


@pytest.mark.parametrize("module", [None, "lab6/api/go.mod", "go.mod"])
def test_it_is_built_with_a_module_and_without(lab, module):
    """Several files are one program; the module may be the work's."""
    if module:
        (lab / module).write_text("module lab6\n\ngo 1.19\n", encoding="utf-8")
    (lab / PROGRAM).write_text("package main\nfunc main() { println(word) }\n", encoding="utf-8")
    (lab / PROGRAM).with_name("word.go").write_text('package main\nvar word = "api"\n', "utf-8")
    program = built(lab, PROGRAM, lab / "out")
    run = subprocess.run([program], capture_output=True, check=True, timeout=60)
    assert run.stderr == b"api\n"


@pytest.mark.parametrize("module", [False, True])
@pytest.mark.parametrize(
    ("line", "names"),
    [("logg.Println()", "undefined: logg"), ("println(", "unexpected }")],
)
def test_the_line_to_repair_is_named_from_the_works_folder_on(lab, module, line, names):
    """The kit's finder of causes reads it as it reads a build in containers."""
    if module:
        (lab / "go.mod").write_text("module lab6\n\ngo 1.19\n", encoding="utf-8")
    reference, facts = complaint(lab, f"package main\n\nfunc main() {{\n\t{line}\n}}\n")
    assert reference == "go-build-failed"
    assert f"{PROGRAM}:" in facts["log"]
    assert names in facts["log"]


@pytest.mark.parametrize("module", [False, True])
def test_a_library_that_is_not_installed_is_named(lab, module):
    """Nobody's code is at fault there."""
    if module:
        (lab / "go.mod").write_text("module lab6\n\ngo 1.19\n", encoding="utf-8")
    imports = GOOD.replace("\n", '\nimport _ "example.org/not/here"\n', 1)
    reference, facts = complaint(lab, imports)
    assert reference == "modules-missing"
    assert (facts["package"], str(facts["folder"])) == ("example.org/not/here", "lab6/api")
