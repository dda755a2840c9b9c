"""A recording as one HTML file: opened from a disk, without a server or a network.

Everything lies within it: the page's own style and script, let in by their hashes and nothing else
by a policy; the recording as data, which no browser runs.
"""

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Any

from harness.texts import LANGUAGES, catalogue, language

_STATIC = Path(__file__).parent / "page" / "static"
_SCRIPTS = ("replay.js", "replay_alone.js")
_STYLES = ("colours.css", "replay.css")
_WITHIN = ("replay-", "witness-", "finding")  #: the beginnings of the texts that it needs
#: What joins the page's modules: here they stand in one script.
_JOINTS = re.compile(r"^import [^\n]*;\n|^export (?=(?:function|const|let|class) )", re.MULTILINE)


def replay_page(recording: Mapping[str, Any]) -> str:
    """The file's text."""
    script = "\n".join(_JOINTS.sub("", _read(name)) for name in _SCRIPTS)
    style = "\n".join(map(_read, _STYLES))
    policy = (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)};"
        " img-src data:; base-uri 'none'; form-action 'none'"
    )
    texts = {lang: _texts(lang) for lang in LANGUAGES}
    title = escape(recording["title"][language()])
    return f"""<!doctype html>
<html lang="{language()}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body class="alone">
<main id="replay"></main>
<script type="application/json" id="recording">{_data(recording)}</script>
<script type="application/json" id="texts">{_data(texts)}</script>
<script type="module">{script}</script>
</body>
</html>
"""


def _texts(lang: str) -> dict[str, str]:
    known = {key[5:]: text for key, text in catalogue(lang).items() if key.startswith("live.")}
    return {key: text for key, text in known.items() if key.startswith((*_WITHIN, "language"))}


def _data(value: object) -> str:
    """JSON that ends no element: a stranger's text may hold ``</script>`` or ``<!--``."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _hash(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _read(name: str) -> str:
    return (_STATIC / name).read_text(encoding="utf-8")
