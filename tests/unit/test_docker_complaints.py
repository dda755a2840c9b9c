"""What the docker command complains of gets a name: the Engine's, a registry's, or the lab's
own fault.
"""

import pytest

from harness.stack.docker_door import complaint

FAILED = "failed to solve: executor failed running [/bin/sh -c {command}]: exit code: 1"

SILENT = {
    "pip": "#8 12.3 WARNING: Retrying after connection broken by 'NewConnectionError(...)': /simple/flask/",
    "apt": "#8 3.1 Err:1 mirror bookworm InRelease  Temporary failure resolving 'mirror'",
    "npm": "#8 9.0 npm error code ETIMEDOUT",
    "go": "#8 4.4 go: example.org/x@v1: Get: dial tcp 10.0.0.1:443: i/o timeout",
    "busy": "#8 4.4 ERROR: HTTP error 503 Service Unavailable while getting a wheel",
    "cut": "#8 4.4 curl: (56) Recv failure: Connection reset by peer",
}
OWN = {
    "no such package": "#8 1.0 ERROR: No matching distribution found for flaskk==9",
    "go does not compile": "#8 1.0 ./main.go:12:2: undefined: rdb.BLpop not found",
    "a file is not there": "#8 1.0 cp: cannot stat 'main.py': No such file or directory",
    "500 lines": "#8 1.0 wrote 500 lines, 502 internal links",
}


@pytest.mark.parametrize("line", SILENT.values(), ids=SILENT)
def test_a_registry_that_does_not_answer_is_nobodys_fault(line):
    """Named so, with the line that tells it."""
    error = complaint(FAILED.format(command="install"), "build", f"#7 DONE 0.1s\n{line}\n#8 ERROR")
    assert error.reference == "registry-silent"
    assert error.facts["reason"] == line


@pytest.mark.parametrize("line", OWN.values(), ids=OWN)
def test_a_build_that_fails_by_itself_is_quoted(line):
    """Its last lines, without what Compose says about itself."""
    noise = 'time="2026-01-01" level=warning msg="Bake"'
    error = complaint(f"{noise}\n{FAILED.format(command='make')}", "build", f"#7 DONE 0.1s\n{line}")
    assert error.reference == "docker-failed"
    assert error.facts["log"] == f"{line}\n{FAILED.format(command='make')}"


#: What the Engine says of an image that it cannot get → the image's name, as the compose file has
#: it.
MISSING = {
    'failed to solve: node:99: failed to resolve source metadata for docker.io/library/node:99: failed to do request: Head "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 10.0.0.53:53: no such host': "node:99",
    "Error response from daemon: manifest for redis:99-alpine not found: manifest unknown": "redis:99-alpine",
    "Error response from daemon: pull access denied for somebody/private, repository does not exist": "somebody/private",
    "Error: No such image: lab6-gate:1": "lab6-gate:1",
}


@pytest.mark.parametrize(("said", "image"), MISSING.items(), ids=MISSING.values())
def test_a_missing_image_is_named_and_no_servers_address(said, image):
    """Whatever else of that line has a colon."""
    error = complaint(said, "up")
    assert (error.reference, error.facts) == ("image-missing", {"image": image})


def test_a_registry_without_an_address_is_silent():
    """The line names no image, only servers."""
    said = 'Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.53:53: no such host'
    assert complaint(said, "up").reference == "registry-silent"
