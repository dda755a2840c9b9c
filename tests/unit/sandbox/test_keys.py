"""Of a stranger's compose file only the keys get through that are known to do no harm; what goes is
told, and all of it has bounds.
"""

import json

import pytest
import yaml

from harness.grade.submission.assignment import load_assignment
from tests.unit.sandbox.emitting import LAB, services


@pytest.mark.parametrize(
    "asked",
    [
        {"privileged": True},
        {"network_mode": "host"},
        {"pid": "host"},
        {"ipc": "host"},
        {"userns_mode": "host"},
        {"cgroup_parent": "/"},
        {"cap_add": ["SYS_ADMIN"]},
        {"security_opt": ["seccomp:unconfined"]},
        {"devices": ["/dev/kmsg:/dev/kmsg"]},
        {"device_cgroup_rules": ["a *:* rwm"]},
        {"extra_hosts": ["host.docker.internal:host-gateway"]},
        {"dns": ["8.8.8.8"]},
        {"sysctls": {"net.ipv4.ip_forward": 1}},
        {"ulimits": {"nproc": 65535}},
        {"mem_limit": "64g"},
        {"pids_limit": -1},
        {"oom_kill_disable": True},
        {"volumes_from": ["container:other"]},
        {"links": ["other"]},
        {"external_links": ["other"]},
        {"configs": ["a"]},
        {"secrets": ["a"]},
        {"runtime": "runc"},
        {"deploy": {"replicas": 500}},
        {"develop": {"watch": []}},
        {"post_start": [{"command": "id", "privileged": True}]},
        {"extends": {"file": "/etc/passwd", "service": "x"}},
        {"credential_spec": {"file": "x"}},
        {"group_add": ["docker"]},
        {"scale": 90},
        {"provider": {"type": "x"}},
        {"labels": {"traefik.enable": "true"}},
        {"logging": {"driver": "syslog"}},
        {"hostname": "other"},
        {"a-key-of-tomorrow": 1},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_a_key_that_is_not_understood_goes_and_is_told(emitted, asked):
    """Dropped, whatever its value; the bounds of every service stand."""
    project, changes = emitted({"api": asked})
    api = services(project)["api"]
    (key,) = asked
    assert api.get(key) != asked[key]
    assert f"services.api.{key}" in {change.where for change in changes}
    assert next(change for change in changes if change.where.endswith(key)).sentence
    assert set(project.document) == {"services", "networks", "volumes"}


@pytest.mark.parametrize(
    ("more", "where"),
    [
        ("include: [other.yml]", "include"),
        ("secrets: {a: {file: /etc/passwd}}", "secrets"),
        ("configs: {a: {file: /etc/passwd}}", "configs"),
        ("networks: {n: {external: true}}", "networks.n.external"),
        ("networks: {n: {driver_opts: {a: b}}}", "networks.n.driver_opts"),
        ("volumes: {v: {driver_opts: {type: nfs}}}", "volumes.v.driver_opts"),
    ],
)
def test_what_stands_beside_the_services_goes_and_is_told(emitted, more, where):
    """Of the file, its networks and its volumes."""
    project, changes = emitted(text=yaml.safe_dump(LAB) + more)
    assert where in {change.where for change in changes}
    assert set(project.document) == {"services", "networks", "volumes"}


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({"build": {"context": "api", "cache_from": ["x"]}}, "build.cache_from"),
        ({"build": {"context": "api", "additional_contexts": {"a": "/"}}}, "build.additional_contexts"),
        ({"build": {"context": "api", "network": "host"}}, "build.network"),
        ({"build": {"context": "api", "args": {"BUILDKIT_SYNTAX": "evil/x"}}}, "build.args.BUILDKIT_SYNTAX"),
        ({"networks": {"default": {"ipv4_address": "10.0.0.1"}}}, "networks.ipv4_address"),
        ({"healthcheck": {"test": "x", "start_interval": "1s"}}, "healthcheck.start_interval"),
        ({"volumes": [{"type": "volume", "target": "/x", "volume": {"subpath": ".."}}]}, "volumes.volume"),
    ],
)  # fmt: skip
def test_what_stands_within_a_key_that_is_read_goes_and_is_told(emitted, asked, where):
    """By construction: whatever is not understood."""
    project, changes = emitted({"api": asked})
    assert f"services.api.{where}" in {change.where for change in changes}
    word = where.rpartition(".")[2]
    assert f'"{word}": ' not in json.dumps(services(project)["api"])


@pytest.mark.parametrize(
    ("interval", "made", "told"),
    [("1ms", "1s", True), ("0.9s", "1s", True), ("1s", "1s", False), ("1m30s", "1m30s", False)],
)
def test_a_health_check_does_not_keep_the_engine_busy(emitted, interval, made, told):
    asked = {"healthcheck": {"test": "x", "interval": interval}}
    project, changes = emitted({"api": asked, "redis": asked})
    for name in ("api", "redis"):
        assert services(project)[name]["healthcheck"]["interval"] == made
        where = f"services.{name}.healthcheck.interval"
        assert (where in {change.where for change in changes}) is told


def test_every_service_is_bounded(emitted):
    """No capability, no new privilege, an end to memory, processes and log."""
    project, _ = emitted()
    for service in project.document["services"].values():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["mem_limit"] == service["memswap_limit"]
        assert service["cpus"]
        assert service["pids_limit"] > 0
        assert service["logging"]["options"]["max-size"]
        assert "cap_add" not in service


def test_what_only_tightens_is_kept_and_not_complained_of(emitted):
    """A root that cannot be written, a place in memory; what every service is given anyway."""
    tight = {
        "read_only": True,
        "tmpfs": ["/app/cache", "/tmp", "/proc", "relative"],  # noqa: S108
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
    }
    project, changes = emitted({"api": tight})
    assert services(project)["api"]["read_only"] is True
    assert services(project)["api"]["tmpfs"] == ["/app/cache:size=64m,mode=1777"]
    assert services(project)["api"]["volumes"] == [{"type": "volume", "target": "/tmp"}]  # noqa: S108
    told = [(one.where, one.value) for one in changes if one.where.startswith("services.api")]
    assert told == [("services.api.tmpfs", "/proc"), ("services.api.tmpfs", "relative")]


def test_who_installs_packages_at_the_start_is_told_that_there_is_no_net(emitted):
    """It stands in the verdict."""
    _, changes = emitted({"api": {"command": "sh -c 'pip install flask && python main.py'"}})
    assert "no-network" in {one.reason for one in changes if one.where == "services.api.command"}


def test_all_of_it_together_has_an_end(emitted):
    """Forty services and forty volumes are as many as the assignment allows; the lab's own four
    come first.
    """
    box = load_assignment().sandbox
    extra = {f"extra{n}": {"image": "python:3.11"} for n in range(40)}
    extra["api"] = {"volumes": [f"v{n}:/v{n}" for n in range(40)] + ["/nameless"]}
    project, changes = emitted(extra)
    assert len(services(project)) == box.services
    assert all(project.roles.values())
    assert (
        len(services(project)["api"]["volumes"]) == len(project.document["volumes"]) == box.volumes
    )
    assert {"too-many", "mount-dropped"} <= {one.reason for one in changes}


def test_who_changes_its_user_at_the_start_may(emitted, tmp_path):
    """nginx, gosu and their like begin as root; nobody else has any right."""
    project, _ = emitted({"api": {"command": "gosu app python main.py"}})
    made = services(project)
    assert made["api"]["cap_drop"] == ["ALL"]
    assert set(made["api"]["cap_add"]) == {
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "KILL",
        "SETGID",
        "SETUID",
    }
    assert "cap_add" not in made["worker"]


def test_a_service_of_a_profile_is_not_started(emitted):
    """As with Compose; and it is told."""
    project, changes = emitted({"api-tests": {"build": "./api", "profiles": ["test"]}})
    assert "api-tests" not in services(project)
    assert project.roles["api"] == ("api",)
    assert "profile-off" in {one.reason for one in changes}
