"""A compose file read as the lab asks: however it is written, and never by luck."""

import pytest
import yaml

from harness.grade.errors import GradeError
from harness.grade.submission.composefile import hosts_in, load_compose
from harness.grade.submission.names import is_address

LAB = """
services:
  redis: {image: "redis:6-alpine", container_name: redis_queue_cache, networks: [net]}
  db: {image: postgres:15-alpine, networks: [net]}
  api:
    build: ./api
    depends_on: [redis, db]
    environment: [REDIS_HOST=redis, "PG_HOST=db", PG_USER=postgres]
    networks: [net]
  image-worker:
    build: ./worker
    depends_on: {redis: {condition: service_started}}
    environment: {REDIS_URL: "redis://redis:6379/0", DSN: "host=db user=postgres"}
    networks: {net: {aliases: [consumer.lab]}}
networks: {net: }
"""


def loaded(tmp_path, text):
    """The compose file of that text."""
    file = tmp_path / "docker-compose.yml"
    file.write_text(text, encoding="utf-8")
    return load_compose(file)


def test_lists_and_tables_say_the_same(tmp_path):
    """Compose takes both for networks, depends_on and environment."""
    compose = loaded(tmp_path, LAB)
    roles = {name: service.role for name, service in compose.services.items()}
    assert roles == {"redis": "redis", "db": "postgres", "api": "api", "image-worker": "worker"}
    worker = compose.services["image-worker"]
    assert worker.depends_on == {"redis"}
    assert worker.networks == {"net"} == compose.networks
    assert worker.names == {"image-worker", "consumer.lab"}
    assert worker.hosts() == {"REDIS_URL": {"redis"}, "DSN": {"db"}}


@pytest.mark.parametrize(
    ("ports", "roles"),
    [
        ({"web": ["8080:8080"]}, {"web": "api", "processor": "worker"}),
        ({}, {"web": None, "processor": None}),
        ({"web": ["1:1"], "processor": ["2:2"]}, {"web": None, "processor": None}),
    ],
)
def test_names_that_say_nothing_are_told_by_their_ports(tmp_path, ports, roles):
    """Only where there is one answer."""
    redis = "redis: {image: redis}"
    own = "".join(f"  {one}: {{build: ., ports: {ports.get(one, [])}}}\n" for one in roles)
    services = loaded(tmp_path, f"services:\n  {redis}\n{own}").services
    assert {name: services[name].role for name in roles} == roles


def test_a_user_called_as_a_service_is_no_discovery(tmp_path):
    """PG_USER=postgres says nothing of where PostgreSQL is."""
    text = LAB.replace("PG_HOST=db", "PG_HOST=localhost").replace("db:", "postgres:")
    assert loaded(tmp_path, text).services["api"].hosts()["PG_HOST"] == {"localhost"}
    assert "PG_USER" not in loaded(tmp_path, text).services["api"].hosts()


@pytest.mark.parametrize(
    ("key", "value", "hosts"),
    [
        ("REDIS_HOST", "redis", {"redis"}),
        ("REDIS_ADDR", "redis:6379", {"redis"}),
        ("QUEUE", "redis:6379", {"redis"}),
        ("REDIS_HOST", "${REDIS_HOST:-redis}", {"redis"}),
        ("BROKER_URL", "redis://:secret@redis:6379/0", {"redis"}),
        ("DATABASE_URL", "postgres://postgres:postgres@localhost/jobs_db", {"localhost"}),
        ("JDBC_URL", "jdbc:postgresql://db:5432/jobs_db", {"db"}),
        ("DSN", "host=db user=postgres dbname=jobs_db", {"db"}),
        ("KAFKA_SERVERS", "one:9092, two:9092", {"one", "two"}),
        ("PG_PASSWORD", "postgres", set()),
        ("PG_DBNAME", "redis", set()),
        ("DB_URL", "http://[::1", set()),
        ("REDIS", "redis_queue_cache", {"redis_queue_cache"}),
        ("REDIS_SERVICE", "redis", {"redis"}),
        ("CACHE", "redis:6379,abortConnect=false", {"redis"}),
        ("STORE", "Host=postgres;Username=postgres;Password=x", {"postgres"}),
        ("STORE", "Server=db;Port=5432", {"db"}),
        ("POSTGRES_DB", "jobs", set()),
    ],
)
def test_a_variable_holds_hosts_where_it_names_a_place(key, value, hosts):
    """And nowhere else."""
    assert hosts_in(key, value) == hosts


def test_a_command_names_hosts_too(tmp_path):
    """Who has no environment may be told by arguments."""
    text = "services: {worker: {image: w, command: [./worker, -redis, 'redis:6379']}}"
    assert loaded(tmp_path, text).services["worker"].hosts() == {"command 2": frozenset({"redis"})}


def test_a_variable_without_a_value_is_taken_from_the_env_file(tmp_path):
    """As Compose does; one that nobody gives is not set at all."""
    (tmp_path / ".env").write_text("REDIS_HOST=redis\n", encoding="utf-8")
    text = "services: {worker: {image: w, environment: [REDIS_HOST, OTHER, PORT=1]}}"
    environment = loaded(tmp_path, text).services["worker"].environment
    assert environment == {"REDIS_HOST": "redis", "PORT": "1"}


def test_without_networks_a_service_is_in_composes_own(tmp_path):
    """``default``."""
    assert loaded(tmp_path, "services: {worker: {image: w}}").services["worker"].networks == {
        "default"
    }


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ({"environment": ["REDIS_HOST=broker"]}, "broker"),
        ({"depends_on": ["broker"]}, "broker"),
        ({"command": "worker --redis redis://broker:6379"}, "broker"),
        ({}, "cache"),
    ],
)
def test_of_several_servers_the_one_that_is_asked_comes_first(tmp_path, asked, first):
    """A cache may stand before the queue's; where nobody tells, the file's order does."""
    services = {
        "cache": {"image": "redis"},
        "broker": {"image": "redis"},
        "worker": {"build": ".", **asked},
        "api": {"build": ".", "environment": ["CACHE=1"]},
    }
    text = yaml.safe_dump({"services": services}, sort_keys=False)
    assert loaded(tmp_path, text).of("redis")[0].name == first


def test_a_built_redis_is_still_seen_as_redis(tmp_path):
    """So that a check can say that it must be an image."""
    redis = loaded(tmp_path, "services: {redis: {build: ./redis}}").services["redis"]
    assert (redis.role, redis.build, redis.image) == ("redis", True, None)


@pytest.mark.parametrize(
    "image",
    [
        "redis",
        "redis@sha256:0",
        "docker.io/library/redis:7",
        "bitnami/redis:7",
        "redis/redis-stack-server:7",
        "eqalpha/keydb",
    ],
)
def test_redis_has_many_images(tmp_path, image):
    """With and without tag, registry, digest."""
    text = f"services: {{queue: {{image: '{image}'}}}}"
    assert loaded(tmp_path, text).services["queue"].role == "redis"


@pytest.mark.parametrize(
    "image",
    ["postgres:16", "postgis/postgis", "pgvector/pgvector:pg16", "timescale/timescaledb-ha"],
)
def test_postgres_has_many_images(tmp_path, image):
    """With an extension or two."""
    text = f"services: {{store: {{image: '{image}'}}}}"
    assert loaded(tmp_path, text).services["store"].role == "postgres"


@pytest.mark.parametrize("name", ["pgadmin", "redis-commander", "db-adminer"])
def test_a_tool_beside_the_lab_has_no_role(tmp_path, name):
    """Whatever its name sounds like."""
    text = f"services: {{{name}: {{image: some/{name}}}}}"
    assert loaded(tmp_path, text).services[name].role is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just words",
        "services: [a, b]",
        "services: {api: [1]}",
        "services: {api: {environment: 5}}",
        "services:\n\t- tabs",
        "services: {api: {image: 2020-99-99}}",
        "[" * 5000,
        "x: &a [*a, *a]\nservices: 1",
        "\x00",
    ],
)
def test_what_is_no_compose_file_is_one_clear_error(tmp_path, text):
    """Never a traceback."""
    with pytest.raises(GradeError) as error:
        loaded(tmp_path, text)
    assert error.value.reference == "compose-unreadable"


def test_a_missing_file_is_one_clear_error(tmp_path):
    """The same one."""
    with pytest.raises(GradeError):
        load_compose(tmp_path / "docker-compose.yml")


BESIDE = """
services:
  redis: {image: "redis:6-alpine"}
  db: {image: postgres:15-alpine}
  api: {build: ./api, ports: ["8080:8080"], depends_on: %s}
  worker: {build: ./worker, depends_on: [redis, db]}
  %s
"""


@pytest.mark.parametrize(
    ("beside", "waits"),
    [
        ("gateway: {image: nginx, ports: ['80:80']}", "[redis]"),
        ("grafana: {image: grafana/grafana, container_name: image_api_grafana}", "[redis]"),
        ("api-tests: {build: ./tests, profiles: [test]}", "[redis]"),
        ("a-api-migrate: {build: ./api}", "{a-api-migrate: {condition: service_completed_successfully}}"),
        ("redis-queue: {build: ./rq}", "[redis]"),
        ("pg-admin: {build: ./admin}", "[redis]"),
    ],
    ids=lambda one: one.partition(":")[0],
)  # fmt: skip
def test_a_word_in_a_name_makes_no_role(tmp_path, beside, waits):
    """Proxies, pages for people, tests of a profile, migrations that end: none is the api, the
    worker, a server.
    """
    compose = loaded(tmp_path, BESIDE % (waits, beside))
    roles = {
        role: [one.name for one in compose.of(role)]
        for role in ("api", "worker", "redis", "postgres")
    }
    assert roles == {"api": ["api"], "worker": ["worker"], "redis": ["redis"], "postgres": ["db"]}


def test_who_speaks_to_redis_is_the_api_behind_its_page(tmp_path):
    """Both are built and publish a port, and neither is called api."""
    text = """
services:
  redis: {image: redis}
  frontend: {build: ./front, ports: ["3000:3000"], environment: {API_URL: "http://backend:8080"}}
  backend: {build: ./back, ports: ["8080:8080"], environment: {REDIS_HOST: redis}}
  worker: {build: ./worker}
"""
    assert [one.name for one in loaded(tmp_path, text).of("api")] == ["backend"]


def test_a_server_that_is_only_built_keeps_its_role(tmp_path):
    """No ready one is there: what is wrong with it is for its check to say."""
    text = "services: {redis: {build: ./r}, api: {build: ./a}}"
    assert [one.name for one in loaded(tmp_path, text).of("redis")] == ["redis"]


def test_who_only_passes_on_is_no_api_whatever_its_name(tmp_path):
    """A gateway of the work's own in front: who speaks to Redis is the api."""
    compose = loaded(
        tmp_path,
        """
services:
  redis: {image: redis}
  postgres: {image: postgres}
  gateway: {build: ./gateway, ports: ["8080:80"], depends_on: [api]}
  api: {build: ./api, expose: ["8080"], depends_on: [redis, postgres]}
  worker: {build: ./worker, depends_on: [redis]}
""",
    )
    assert [one.name for one in compose.of("api")] == ["api"]


def test_a_service_of_an_image_that_another_builds_is_built(tmp_path):
    """One image, two commands: Compose builds it once for both."""
    compose = loaded(
        tmp_path,
        """
services:
  redis: {image: redis}
  api: {build: ., image: "mine:1", command: api}
  worker: {image: "mine:1", command: worker}
""",
    )
    assert compose.services["worker"].build
    assert compose.services["worker"].role == "worker"


@pytest.mark.parametrize(
    ("hosts", "outside"),
    [
        (["localhost", "LocalHost", "127.0.0.1", "10.0.0.7", "::1", "host.docker.internal"], True),
        (["redis", "production", "::", "image_processing_queue"], False),
    ],
)
def test_an_address_is_no_name_of_the_network(hosts, outside):
    """Where a server listens is neither."""
    assert [is_address(host) for host in hosts] == [outside] * len(hosts)
