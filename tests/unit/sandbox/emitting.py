"""A small lab's compose file, and what of its project the tests look at."""

import json

from harness.stack.sandbox_project import GATE

LAB = {
    "services": {
        "redis": {"image": "redis:7-alpine"},
        "postgres": {"image": "postgres:16", "environment": {"POSTGRES_PASSWORD": "secret"}},
        "api": {"build": "./api", "ports": ["8080:8080"], "depends_on": ["redis", "adminer"]},
        "worker": {"build": {"context": "./worker"}, "environment": ["REDIS_HOST=redis"]},
    }
}


def services(project):
    """The submission's own services as they will run."""
    return {n: s for n, s in project.document["services"].items() if n != GATE}


def said_to_redis(service):
    """What the submission's own clients say who they are: ``>password`` or ``nopass``."""
    words = service["command"]
    return words[words.index("default") + 2]


def lab_with(entry):
    """The lab's compose file, ``entry`` laid over its api."""
    table = json.loads(json.dumps(LAB["services"]))
    table["api"].update(entry)
    return {"services": table}
