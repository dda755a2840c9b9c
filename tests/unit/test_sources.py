"""A host that stands in a service's own source is found; a word that is none is not."""

import pytest

from harness.grade.submission.source_hosts import host_named

NAMES = ("redis", "redis_queue_cache")


@pytest.mark.parametrize(
    "line",
    [
        'redis.NewClient(&redis.Options{Addr: "redis:6379"})',
        "r = Redis(host='redis')",
        "const url = `redis://redis_queue_cache:6379/0`;",
        "connect://user@redis/0",
        "Addr = redis:6379",
        "new PDO('pgsql:host=redis;dbname=lab6')",
        'connect("dbname=x host=redis user=x")',
        "redis-cli -h redis --raw BLPOP queue 0",
        "redis-cli --host=redis_queue_cache",
        "ENV REDIS_HOST=redis PORT=6379",
        "ENV PORT=6379 REDIS_HOST=redis",
        "ENV REDIS_HOST redis",
        'export REDIS_HOST="${REDIS_HOST:-redis}"',
        "  redis_server_name: redis",
        "redisHost: redis",
        "spring.redis.host = redis_queue_cache",
    ],
)
def test_a_host_is_found_with_its_line(tmp_path, line):
    """File and line, for the evidence."""
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.go").write_text(f"package main\n{line}\n", encoding="utf-8")
    assert host_named(tmp_path, NAMES) == "src/main.go:2"


@pytest.mark.parametrize(
    "line",
    [
        "import redis",
        'Addr: "10.0.0.5:6379"',
        "# redis is a list",
        'import "github.com/x/redis"',
        "localhost:6379",
        "a ghost=redis",
        "host=redis.example.com",
        "redis-cli -h redis.example.com",
        "ENV HOST_OF_REDIS localhost",
        "the server redis stands on",
    ],
)
def test_a_word_is_no_host(tmp_path, line):
    """An import, a comment, an address in numbers."""
    (tmp_path / "main.go").write_text(line, encoding="utf-8")
    assert host_named(tmp_path, NAMES) is None
