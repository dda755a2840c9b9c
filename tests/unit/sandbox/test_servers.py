"""Redis, PostgreSQL and the gate are the grader's own, whatever a stranger's compose file says."""

import json

import pytest
import yaml

from harness.grade.submission.assignment import load_assignment
from harness.stack.sandbox_project import GATE, SET_UP
from tests.unit.sandbox.emitting import LAB, lab_with, said_to_redis, services


def test_a_server_has_its_time_to_start_however_often_it_is_asked(emitted):
    """It is the grader's: its first second on a busy machine is not the work's fault."""
    asked = {"healthcheck": {"test": ["CMD", "redis-cli", "ping"], "interval": "1s", "retries": 1}}
    project, _ = emitted({"redis": asked, "api": asked})
    assert services(project)["redis"]["healthcheck"]["start_period"] == "60s"
    assert "start_period" not in services(project)["api"]["healthcheck"]


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
        "lab6-grader-outside"
    ]


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
    assert f"8080=lab6-grader-api:{port}" in routes


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
    assert "6379=lab6-grader-redis:7000" in gate["command"]
    assert not [word for word in services(project)["redis"]["command"] if "loadmodule" in word]


@pytest.mark.parametrize("file", ["redis.conf", "users.acl"])
def test_users_of_redis_that_a_work_makes_for_itself_may_log_in(emitted, tmp_path, file):
    """By the words of the work's own file, and to do what any of its clients may."""
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / file).write_text(
        "user default off\nuser lab6 on >redis#Pass ~image* +@read\nuser lab6_x;y on nopass\n",
        encoding="utf-8",
    )
    mounted = {"command": "redis-server /r.conf", "volumes": [f"./{file}:/etc/r/{file}:ro"]}
    project, _ = emitted({"redis": mounted | {"healthcheck": {"test": "redis-cli ping"}}})
    redis = services(project)["redis"]
    said = redis["command"]
    starts = [at for at, word in enumerate(said) if word == "--user"]
    named = {said[at + 1]: said[at + 2 : at + 5] for at in starts}
    assert named["default"][0] == "off"
    assert named["lab6"] == ["on", ">redis#Pass", "~*"]
    assert len(named) == 3
    assert redis["environment"] == {"REDISCLI_AUTH": "redis#Pass"}
    assert redis["healthcheck"]["test"][-4:] == ["--user", "lab6", "--no-auth-warning", "ping"]


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
        "networks": {"n": {"aliases": ["lab6-grader-redis", "redis", "mine"]}},
        "container_name": "lab6-grader-gate",
    }
    project, _ = emitted(text=yaml.safe_dump({**LAB, "networks": {"n": None}} | lab_with(stolen)))
    assert services(project)["api"]["networks"] == {"n": {"aliases": ["lab6-grader-api", "mine"]}}


@pytest.mark.parametrize(
    "name", ["LAB6-GRADER-REDIS", "Lab6-Grader-Postgres", "lab6-grader-redis.", "lab6-grader-gate"]
)
def test_no_spelling_of_a_name_is_the_gates(emitted, name):
    """DNS knows no large letters."""
    thief = {"image": "python:3.11", "networks": {"n": {"aliases": [name]}}, "container_name": name}
    text = yaml.safe_dump({**lab_with({}), "networks": {"n": None}})
    text = text.replace("services:\n", f"services:\n  thief: {json.dumps(thief)}\n")
    project, changes = emitted(text=text)
    assert services(project)["thief"]["networks"] == {"n": {}}
    assert "name-dropped" in {one.reason for one in changes if "thief" in one.where}


def test_a_network_of_the_graders_name_is_none_of_its_own(emitted):
    """The one with a way out is the gate's alone."""
    text = yaml.safe_dump(
        {**lab_with({"networks": ["Lab6-Grader-Outside", "lab6-grader-outside"]})}
    )
    project, _ = emitted(
        text=text + "networks: {lab6-grader-outside: null, Lab6-Grader-Outside: null}\n"
    )
    assert services(project)["api"]["networks"] == {"default": {"aliases": ["lab6-grader-api"]}}


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


def test_the_api_is_asked_through_what_stands_in_front_of_it(emitted):
    """Where only that publishes a port."""
    front = {"build": "./api", "ports": ["8080:80"], "depends_on": ["api"]}
    project, _ = emitted({"api": {"ports": []}, "gateway": front})
    made = services(project)
    assert "8080=lab6-grader-api:80" in project.document["services"][GATE]["command"]
    assert made["gateway"]["networks"] == {"default": {"aliases": ["lab6-grader-api"]}}
    assert made["api"]["networks"] == {"default": {}}
    assert project.roles["api"] == ("api",)
