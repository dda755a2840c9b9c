"""What schemathesis must know of the lab beyond its schema: pictures, and params that fit the
action.

Loaded by ``st run`` through ``SCHEMATHESIS_HOOKS``. A schema can say neither that a file is a real
picture nor that ``crop`` lies within it; without this, hardly any generated submission would be a
valid one.
"""

from io import BytesIO

import schemathesis
from hypothesis import strategies as st
from PIL import Image
from schemathesis.generation import GenerationMode

_SIDES = st.integers(1, 300)
#: They fit any picture, also the smallest.
_FITTING = {"resize": "1x1", "crop": "0,0,1,1"}


def _picture(kind, mode, width, height):
    buffer = BytesIO()
    Image.new(mode, (width, height)).save(buffer, kind)
    return buffer.getvalue()


def _pictures(kind, modes):
    return st.builds(_picture, st.just(kind), st.sampled_from(modes), _SIDES, _SIDES)


schemathesis.openapi.media_type("image/png", _pictures("PNG", ["1", "L", "P", "RGB", "RGBA"]))
schemathesis.openapi.media_type("image/jpeg", _pictures("JPEG", ["L", "RGB", "CMYK"]))


@schemathesis.hook
def map_case(context, case):
    """A submission that is meant to be accepted gets the params of its action."""
    if case.operation.label != "POST /job/submit" or not isinstance(case.body, dict):
        return case
    if case.meta.generation.mode is GenerationMode.POSITIVE:
        # Where a part has its own encoding, schemathesis leaves the others empty, and calls that
        # valid.
        action = case.body["action"] = case.body.get("action") or "grayscale"
        if action in _FITTING:
            case.body["params"] = _FITTING[action]
    return case
