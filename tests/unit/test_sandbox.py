"""Nothing that a stranger's compose file asks for gets through but what is known to do no harm."""

import json
from pathlib import Path

import pytest
import yaml

from harness.grade.errors import GradeError
from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.handed_in import _emitted, open_submission
from harness.grade.submission.interpolation import interpolated
from harness.grade.submission.reading import read_compose
from harness.grade.submission.sandbox.places import copy_submission, within
from harness.stack.sandbox_project import GATE, SET_UP

LAB = {
    "services": {
        "redis": {"image": "redis:7-alpine"},
        "postgres": {"image": "postgres:16", "environment": {"POSTGRES_PASSWORD": "secret"}},
        "api": {"build": "./api", "ports": ["8080:8080"], "depends_on": ["redis", "adminer"]},
        "worker": {"build": {"context": "./worker"}, "environment": ["REDIS_HOST=redis"]},
    }
}


@pytest.fixture
def emitted(tmp_path):
    """The project that a compose file becomes, and what was changed. ``more`` is laid over the
    lab's.
    """

    def make(more=None, text=None):
        folder = tmp_path / "work"
        for name in ("api", "worker", "scripts", "empty"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "api" / "Dockerfile").write_text("FROM python:3.11-slim\n", encoding="utf-8")
        (folder / "scripts" / "init.sql").write_text("SELECT 1;\n", encoding="utf-8")
        (folder / "empty" / ".gitkeep").touch()
        table = json.loads(json.dumps(LAB))
        for name, entry in (more or {}).items():
            table["services"].setdefault(name, {}).update(entry)
        file = folder / "docker-compose.yml"
        file.write_text(text or yaml.safe_dump(table), encoding="utf-8")
        submission = open_submission(folder, load_assignment(), None)
        return _emitted(submission, tmp_path / "run"), submission.changed

    return make


def services(project):
    """The submission's own services as they will run."""
    return {n: s for n, s in project.document["services"].items() if n != GATE}


def said_to_redis(service):
    """What the submission's own clients say who they are: ``>password`` or ``nopass``."""
    words = service["command"]
    return words[words.index("default") + 2]


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


def test_a_server_has_its_time_to_start_however_often_it_is_asked(emitted):
    """It is the grader's: its first second on a busy machine is not the work's fault."""
    asked = {"healthcheck": {"test": ["CMD", "redis-cli", "ping"], "interval": "1s", "retries": 1}}
    project, _ = emitted({"redis": asked, "api": asked})
    assert services(project)["redis"]["healthcheck"]["start_period"] == "60s"
    assert "start_period" not in services(project)["api"]["healthcheck"]


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


def test_only_the_gate_has_a_way_out_and_a_port(emitted):
    """All other networks are closed; the gate listens on 127.0.0.1 alone."""
    project, _ = emitted({"api": {"networks": ["a"]}, "redis": {"ports": ["0.0.0.0:6379:6379"]}})
    networks = project.document["networks"]
    for service in services(project).values():
        assert "ports" not in service
        assert all(networks[name]["internal"] for name in service["networks"])
    gate = project.document["services"][GATE]
    assert all(port.startswith("127.0.0.1::") for port in gate["ports"])
    assert [name for name in gate["networks"] if not networks[name].get("internal")] == [
        "lab6-outside"
    ]


@pytest.mark.parametrize(
    "volume",
    [
        "/:/host",
        "/var/run/docker.sock:/var/run/docker.sock",
        "../other:/other",
        "./api/../../other:/other",
        "~/.ssh:/ssh",
        "./api:/proc/x",
        "./api:/",
        {"type": "bind", "source": "/etc", "target": "/etc2"},
        {"type": "bind", "source": "..", "target": "/up"},
        {"type": "npipe", "source": "x", "target": "/pipe"},
        {"type": "image", "source": "x", "target": "/image"},
    ],
    ids=str,
)
def test_no_place_of_this_machine_is_mounted(emitted, volume):
    """A path that leads out of the submission is dropped, and said."""
    project, changes = emitted({"api": {"volumes": [volume]}})
    assert services(project)["api"]["volumes"] == []
    assert "services.api.volumes" in {change.where for change in changes}


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


def test_the_submissions_own_folders_are_mounted_from_the_copy(emitted, tmp_path):
    """A bare folder becomes a volume of the run, shared by its name; one with files is bound."""
    shared = {"volumes": ["./empty:/app/storage", "data:/data", "./scripts:/scripts:ro"]}
    project, _ = emitted({"api": shared, "worker": {"volumes": ["./empty:/app/storage"]}})
    storage, data, scripts = services(project)["api"]["volumes"]
    assert storage["type"] == data["type"] == "volume"
    assert services(project)["worker"]["volumes"] == [storage]
    assert scripts["type"] == "bind"
    assert scripts["read_only"]
    assert scripts["source"].startswith(str((tmp_path / "run").resolve()))
    assert set(project.document["volumes"]) == {storage["source"], data["source"]}


def test_a_dockerfile_may_lie_beside_its_context_or_in_the_compose_file(emitted, tmp_path):
    """Within the submission; one that leads out of it is refused."""
    beside = {"context": "./worker", "dockerfile": "../api/Dockerfile"}
    inline = {"context": "./worker", "dockerfile_inline": "FROM scratch"}
    other = {"context": "./worker", "dockerfile_inline": "FROM alpine"}
    more = {"worker": {"build": beside}, "api": {"build": inline}, "extra": {"build": other}}
    project, _ = emitted(more)
    made = services(project)
    copied = Path(made["worker"]["build"]["context"]) / made["worker"]["build"]["dockerfile"]
    assert copied.read_text(encoding="utf-8").strip() == "FROM python:3.11-slim"
    file = Path(made["api"]["build"]["context"]) / made["api"]["build"]["dockerfile"]
    assert file.read_text(encoding="utf-8").strip() == "FROM scratch"


def test_a_dockerfile_outside_the_submission_is_refused(emitted):
    """However it is written."""
    out = {"context": "./worker", "dockerfile": "../../../Dockerfile"}
    assert "worker" not in services(emitted({"worker": {"build": out}})[0])


@pytest.mark.parametrize(
    ("ports", "port"),
    [
        (["9229:9229", "8080:5000"], 5000),
        ([{"target": 9229, "published": 9229}, {"target": 5000, "published": "8080"}], 5000),
        (["127.0.0.1:8080:5000/tcp"], 5000),
        (["5000"], 5000),
        (["9090:7000"], 7000),
    ],
)
def test_the_api_listens_where_the_labs_port_leads(emitted, ports, port):
    """A debugger's port may stand before it; without the lab's port it is the first."""
    project, _ = emitted({"api": {"ports": ports}})
    routes = project.document["services"][GATE]["command"]
    assert f"8080=lab6-api:{port}" in routes


def test_who_installs_packages_at_the_start_is_told_that_there_is_no_net(emitted):
    """It stands in the verdict."""
    _, changes = emitted({"api": {"command": "sh -c 'pip install flask && python main.py'"}})
    assert "no-network" in {one.reason for one in changes if one.where == "services.api.command"}


@pytest.mark.parametrize(
    "build", ["..", "/", "https://example.org/x.git", {"context": "../.."}, "git@host:x", "./none"]
)
def test_nothing_is_built_from_elsewhere(emitted, build):
    """A service that cannot be built is left out; nobody depends on it any more."""
    project, changes = emitted({"worker": {"build": build}, "api": {"depends_on": ["worker"]}})
    assert "worker" not in services(project)
    assert services(project)["api"]["depends_on"] == {}
    assert project.roles["worker"] == ()
    assert "build-outside" in {change.reason for change in changes}


@pytest.mark.parametrize(
    "image",
    [
        "evil/miner:latest",
        "localhost:5000/x",
        "pythonx",
        "",
        "lab6-kit-api",
        "python@sha256:" + "a" * 64,
    ],
)
def test_only_known_images_are_started(emitted, image):
    """A service of an unknown image is left out."""
    project, _ = emitted({"extra": {"image": image}})
    assert "extra" not in services(project)


def test_servers_are_the_graders_own(emitted):
    """Its pinned images, with the password and the database that the submission asks for."""
    more = {
        "redis": {"build": "./api", "command": "redis-server --requirepass s3 --loadmodule /x.so"},
        "postgres": {
            "command": "postgres -c shared_preload_libraries=x",
            "environment": {"POSTGRES_USER": "u", "POSTGRES_DB": "d", "PGDATA": "/host"},
            "volumes": ["./scripts/init.sql:/docker-entrypoint-initdb.d/init.sql", "/etc:/etc"],
        },
    }
    project, changes = emitted(more)
    redis, postgres = services(project)["redis"], services(project)["postgres"]
    box = load_assignment().sandbox
    assert (redis["image"], postgres["image"]) == (box.redis, box.postgres)
    assert "build" not in redis
    assert said_to_redis(redis) == ">s3"
    assert 'CREATE ROLE "u" LOGIN' in postgres["environment"]["LAB6_ROLES"]
    assert 'CREATE DATABASE "d" OWNER "u"' in postgres["environment"]["LAB6_ROLES"]
    assert {login["dbname"] for login in project.logins.values()} == {"d"}
    assert "volumes" not in postgres
    assert len(services(project)[SET_UP]["volumes"]) == 1
    assert {"flag-dropped", "own-image"} <= {change.reason for change in changes}


@pytest.mark.parametrize(
    "redis",
    [
        {"command": "redis-server --requirepass s3 --port 7000"},
        {"command": ["sh", "-c", 'exec redis-server --requirepass "$$P" --port 7000'], "environment": {"P": "s3"}},
        {"command": "redis-server /etc/r/redis.conf", "volumes": ["./redis.conf:/etc/r/redis.conf:ro"]},
        {"image": "bitnami/redis:7", "environment": ["REDIS_PASSWORD=s3"], "command": "--port 7000"},
        {"image": "eqalpha/keydb", "command": ["sh", "-c", "keydb-server --requirepass s3 --port 7000"]},
    ],
    ids=["flags", "shell", "file", "variable", "another server"],
)  # fmt: skip
def test_a_password_of_redis_is_found_however_it_is_given(emitted, tmp_path, redis):
    """Without it the submission's own clients would be turned away."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "redis.conf").write_text(
        "# own\nrequirepass s3\nport 7000\nloadmodule /x.so\n", encoding="utf-8"
    )
    project, _ = emitted({"redis": redis})
    assert said_to_redis(services(project)["redis"]) == ">s3"
    gate = project.document["services"][GATE]
    assert "6379=lab6-redis:7000" in gate["command"]
    assert not [word for word in services(project)["redis"]["command"] if "loadmodule" in word]


def test_postgres_may_trust_and_may_be_called_otherwise(emitted):
    """What another image's variables say is said to the grader's image by its own names."""
    told = {"POSTGRES_HOST_AUTH_METHOD": "trust", "POSTGRESQL_DATABASE": "lab"}
    project, changes = emitted(
        {"postgres": {"image": "bitnami/postgresql:16", "environment": told}}
    )
    script = services(project)["postgres"]["environment"]["LAB6_HBA"]
    assert "host all all all trust" in script
    assert f'host all "{project.logins["chief"]["user"]}"' in script.partition("host all all")[0]
    assert project.logins["reader"]["dbname"] == "lab"
    assert "variable-dropped" not in {change.reason for change in changes}


def test_nobody_else_can_take_the_gates_names(emitted):
    """Neither by an alias nor by a container's name."""
    stolen = {
        "networks": {"n": {"aliases": ["lab6-redis", "redis", "mine"]}},
        "container_name": "lab6-gate",
    }
    project, _ = emitted(text=yaml.safe_dump({**LAB, "networks": {"n": None}} | _with(stolen)))
    assert services(project)["api"]["networks"] == {"n": {"aliases": ["lab6-api", "mine"]}}


@pytest.mark.parametrize("name", ["LAB6-REDIS", "Lab6-Postgres", "lab6-redis.", "lab6-gate"])
def test_no_spelling_of_a_name_is_the_gates(emitted, name):
    """DNS knows no large letters."""
    thief = {"image": "python:3.11", "networks": {"n": {"aliases": [name]}}, "container_name": name}
    text = yaml.safe_dump({**_with({}), "networks": {"n": None}})
    text = text.replace("services:\n", f"services:\n  thief: {json.dumps(thief)}\n")
    project, changes = emitted(text=text)
    assert services(project)["thief"]["networks"] == {"n": {}}
    assert "name-dropped" in {one.reason for one in changes if "thief" in one.where}


def test_a_network_of_the_graders_name_is_none_of_its_own(emitted):
    """The one with a way out is the gate's alone."""
    text = yaml.safe_dump({**_with({"networks": ["Lab6-Outside", "lab6-outside"]})})
    project, _ = emitted(text=text + "networks: {lab6-outside: null, Lab6-Outside: null}\n")
    assert services(project)["api"]["networks"] == {"default": {"aliases": ["lab6-api"]}}


@pytest.mark.parametrize(
    "target",
    [
        "/docker-entrypoint-initdb.d/../usr/local/bin/docker-entrypoint.sh",
        "/docker-entrypoint-initdb.d/a/../../etc/passwd",
        "/docker-entrypoint-initdb.d.other/x",
        "//usr/local/bin/x",
        "docker-entrypoint-initdb.d/x",
    ],
)
def test_set_up_scripts_go_nowhere_else(emitted, target):
    """A path in its one spelling decides."""
    project, _ = emitted({"postgres": {"volumes": [f"./scripts/init.sql:{target}"]}})
    assert "volumes" not in services(project)["postgres"]
    assert SET_UP not in services(project)


def test_the_set_up_has_the_variables_of_its_service(emitted):
    """Its scripts name them; whom it asks, and who it is, the grader says. The server has none."""
    told = {"APP_PASSWORD": "p$$1", "PGHOST": "elsewhere", "PGPORT": "7", "PGOPTIONS": "-c x=y"}
    mounts = ["./scripts/init.sql:/docker-entrypoint-initdb.d/init.sql"]
    project, changes = emitted({"postgres": {"environment": told, "volumes": mounts}})
    made = services(project)
    assert made[SET_UP]["environment"] == {
        "APP_PASSWORD": "p$$1",
        "POSTGRES_USER": "postgres",
        "POSTGRES_PASSWORD": "postgres",
        "POSTGRES_DB": "postgres",
        "PGUSER": "postgres",
        "PGPASSWORD": "postgres",
        "PGDATABASE": "postgres",
        "PGHOST": "postgres",
        "PGPORT": "5432",
    }
    assert "APP_PASSWORD" not in made["postgres"]["environment"]
    dropped = {one.value for one in changes if one.reason == "variable-dropped"}
    assert dropped == {"PGHOST", "PGPORT", "PGOPTIONS"}


def test_users_of_the_set_up_are_made_with_their_last_password(emitted, tmp_path):
    """CREATE and ALTER, in SQL and by a shell's variables; nobody whom only ALTER names."""
    scripts = tmp_path / "work" / "scripts"
    scripts.mkdir(parents=True)
    (scripts / "users.sql").write_text(
        "CREATE ROLE app; ALTER ROLE app LOGIN PASSWORD 'it''s'; ALTER USER nobody PASSWORD 'x';",
        encoding="utf-8",
    )
    (scripts / "users.sh").write_text(
        """psql -c "CREATE USER ${THEIRS:-second} PASSWORD '$SECRET'" """, encoding="utf-8"
    )
    mounts = ["./scripts:/docker-entrypoint-initdb.d"]
    told = {"volumes": mounts, "environment": {"SECRET": "s3"}}
    project, _ = emitted({"postgres": told})
    made = services(project)["postgres"]["environment"]["LAB6_ROLES"]
    assert """CREATE ROLE "app" LOGIN PASSWORD 'it''s';""" in made
    assert """CREATE ROLE "second" LOGIN PASSWORD 's3';""" in made
    assert "nobody" not in made


def test_a_server_waits_for_no_service_of_the_submission(emitted):
    """What it would wait for may itself wait until the database is set up."""
    mounts = ["./scripts/init.sql:/docker-entrypoint-initdb.d/init.sql"]
    once = {"migrate": {"condition": "service_completed_successfully"}, "redis": {}}
    project, changes = emitted(
        {
            "postgres": {"volumes": mounts, "depends_on": once},
            "migrate": {"image": "python:3.11"},
            "api": {"depends_on": ["migrate"]},
        }
    )
    made = services(project)
    assert made["postgres"]["depends_on"].keys() == {"redis"}
    assert made["migrate"]["depends_on"].keys() == {SET_UP}
    assert made["api"]["depends_on"].keys() == {"migrate", SET_UP}
    assert "services.postgres.depends_on" in {one.where for one in changes}


@pytest.mark.parametrize("target", ["//proc/x", "/a/../proc", "/./sys", "//", "/a/.."])
def test_a_forbidden_place_is_known_in_any_spelling(emitted, target):
    """Normalised once, before any decision."""
    project, changes = emitted({"api": {"volumes": [f"data:{target}"], "tmpfs": [target]}})
    assert services(project)["api"]["volumes"] == []
    assert "tmpfs" not in services(project)["api"]
    assert {"services.api.volumes", "services.api.tmpfs"} <= {one.where for one in changes}


def test_a_link_to_another_work_is_no_submission(tmp_path):
    """A submission is what lies inside its own folder."""
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "docker-compose.yml").write_text(yaml.safe_dump(LAB), encoding="utf-8")
    for name, target in (("lab6", "../other"), ("compose.yml", "../other/docker-compose.yml")):
        work = tmp_path / f"work-{name}"
        work.mkdir()
        (work / name).symlink_to(target)
        with pytest.raises(GradeError) as refused:
            open_submission(work, load_assignment(), None)
        assert refused.value.reference == "submission-link"


def test_a_link_that_was_left_behind_is_told(emitted, tmp_path):
    """Nobody wonders why a file is missing."""
    (tmp_path / "work" / "api").mkdir(parents=True)
    (tmp_path / "work" / "api" / "model").symlink_to("../../other")
    _, changes = emitted()
    assert [one.where for one in changes if one.reason == "link-outside"] == ["api/model"]


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


def test_the_api_is_asked_through_what_stands_in_front_of_it(emitted):
    """Where only that publishes a port."""
    front = {"build": "./api", "ports": ["8080:80"], "depends_on": ["api"]}
    project, _ = emitted({"api": {"ports": []}, "gateway": front})
    made = services(project)
    assert "8080=lab6-api:80" in project.document["services"][GATE]["command"]
    assert made["gateway"]["networks"] == {"default": {"aliases": ["lab6-api"]}}
    assert made["api"]["networks"] == {"default": {}}
    assert project.roles["api"] == ("api",)


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


def _with(entry):
    table = json.loads(json.dumps(LAB["services"]))
    table["api"].update(entry)
    return {"services": table}


def test_dollars_are_literal_in_what_is_emitted(emitted, monkeypatch):
    """Neither the grader's environment nor Compose puts anything in."""
    monkeypatch.setenv("HOME_SECRET", "grader")
    environment = {"A": "$HOME_SECRET", "B": "${HOME_SECRET:-own}", "C": "$$HOME_SECRET"}
    project, _ = emitted({"api": {"environment": environment}})
    assert services(project)["api"]["environment"] == {"A": "", "B": "own", "C": "$$HOME_SECRET"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("services: {a: {}, a: {}}", "twice"),
        ("services: &a {b: *a}", "holds itself"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]\n" for n in range(6)
        ), "nodes"),
        ("services: !!python/object/apply:os.system [id]", "constructor"),
        ("services: {../x: {}}", "name"),
        ("services: {lab6-gate: {}}", "name"),
        ("services: {lab: {image: '${MUST:?say it}'}}", "say it"),
        ("services: []", "services"),
        ("[" * 3000, ""),
        ("\x00", ""),
    ],
)  # fmt: skip
def test_a_file_made_to_break_the_reader_is_unreadable(tmp_path, text, reason):
    """A sentence with what is wrong; never a crash, never a long wait."""
    file = tmp_path / "docker-compose.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(GradeError) as refused:
        read_compose(file)
    assert refused.value.reference == "compose-unreadable"
    assert reason in str(refused.value.facts["reason"])


def test_variables_come_from_the_submissions_own_file(tmp_path):
    """``.env`` and ``env_file`` beside the compose file; a link to elsewhere is refused."""
    (tmp_path / ".env").write_text("TAG=7\n", encoding="utf-8")
    (tmp_path / "api.env").write_text("REDIS_HOST=redis\nX=1\n", encoding="utf-8")
    file = tmp_path / "docker-compose.yml"
    table = {"a": {"image": "redis:${TAG}", "env_file": ["api.env"], "environment": {"X": "2"}}}
    file.write_text(yaml.safe_dump({"services": table}), encoding="utf-8")
    service = read_compose(file)["services"]["a"]
    assert service["image"] == "redis:7"
    assert service["environment"] == {"REDIS_HOST": "redis", "X": "2"}
    (tmp_path / "api.env").unlink()
    (tmp_path / "api.env").symlink_to("/etc/passwd")
    with pytest.raises(GradeError):
        read_compose(file)


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("${A:-x}", "1"), ("${B:-x}", "x"), ("${E:-x}", "x"), ("${E-x}", ""), ("${A:+y}", "y"),
        ("${B:+y}", ""), ("$A$B", "1"), ("$$A", "$A"), ("${B:-${A}}", "1"), ("a$", "a$"),
    ],
)  # fmt: skip
def test_interpolation_is_composes(text, filled):
    """Each form as Compose has it."""
    assert interpolated({"k": [text]}, {"A": "1", "E": ""}) == {"k": [filled]}


def test_the_copy_holds_no_way_out(tmp_path):
    """Links that lead elsewhere, pipes and heavy folders stay behind."""
    work = tmp_path / "work"
    (work / "node_modules").mkdir(parents=True)
    (work / "a.py").write_text("x", encoding="utf-8")
    (work / "in").symlink_to("a.py")
    (work / "out").symlink_to("/etc/passwd")
    (work / "up").symlink_to("../secret")
    copy_submission(work, tmp_path / "copy")
    assert sorted(one.name for one in (tmp_path / "copy").iterdir()) == ["a.py", "in"]


@pytest.mark.parametrize("told", ["..", "/etc", "a/../../b", "~", "C:\\x", "\x00", "//host/x"])
def test_within_knows_what_is_elsewhere(tmp_path, told):
    """None for whatever is not below the folder."""
    assert within(tmp_path, told) is None
