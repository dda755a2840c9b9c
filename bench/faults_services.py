"""A lab whose services are started through ``failpoints.py``, so that a nemesis can strike at
an exact moment.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from harness.loops import change_once

_SCRIPT = Path(__file__).with_name("failpoints.py")


def with_failpoints(lab: Path, armed: Path, environment: Mapping[str, str]) -> Path:
    """The same lab, its services started through ``failpoints.py``; ``armed`` is the folder of
    armed points.

    ``environment`` is what the services get beside their own.
    """
    armed.mkdir()
    armed.chmod(0o777)  # in a container another user takes the files away
    compose = lab / "docker-compose.yml"
    for service in ("api", "worker"):
        place = lab / "lab6" / service
        (place / "main.py").rename(place / "service.py")
        shutil.copy(_SCRIPT, place / "main.py")
        environment = {**environment, "LAB6_FAILPOINTS": str(armed)}
        settings = {"service": service, "environment": environment}
        (place / "failpoints.json").write_text(json.dumps(settings))
    text = compose.read_text(encoding="utf-8")
    shared = "      - storage:/app/storage\n"
    text = text.replace(shared, f"{shared}      - {armed}:{armed}\n")
    compose.write_text(text, encoding="utf-8")
    image = "    image: postgres:15-alpine\n"  # a witness reads every write to a row out of its log
    change_once(compose, image, f"{image}    command: postgres -c wal_level=logical\n")
    for service in ("api", "worker"):
        dockerfile = lab / "lab6" / service / "Dockerfile"
        change_once(dockerfile, "COPY *.py ./", "COPY *.py failpoints.json ./")
    return lab
