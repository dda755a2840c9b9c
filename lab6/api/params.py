"""What may be asked of a picture: the actions, and the params of each.

What is wrong is told as a key of the texts and the facts of its sentence; None where nothing is.
"""

import re

from upload import MAX_PIXELS, MAX_SIDE

ACTIONS = ("grayscale", "resize", "crop")
PATTERNS = {"resize": r"(\d{1,5})x(\d{1,5})", "crop": r"(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})"}
SIGNS = {"resize": "0123456789x", "crop": "0123456789,"}
LIKE_X = "хХX×*"  # the first two are Cyrillic
FORMS = {
    "resize": {"action": "resize", "form": "size-form", "example": "640x480"},
    "crop": {"action": "crop", "form": "x1,y1,x2,y2", "example": "10,20,300,200"},
}
MAX_PARAMS = 64


def missing(image, action, texts):
    """What of the form is not there. ``texts``: its fields that are no files."""
    if image is None:
        return "image-is-text" if "image" in texts else "no-image"
    return None if action else "no-action"


def wrong_params(action, params, size):
    """Why the action or its params cannot be. ``size``: of the picture."""
    if action not in ACTIONS:
        return "unknown-action", {"action": action[:MAX_PARAMS], "actions": ", ".join(ACTIONS)}
    if len(params) > MAX_PARAMS:
        return "long-params", {}
    if action == "grayscale":
        fine = re.fullmatch(r"[A-Za-z0-9=,.:-]*", params)
        return None if fine else ("no-params-needed", {})
    match = re.fullmatch(PATTERNS[action], params, re.ASCII)
    if match is None:
        return wrong_form(action, params)
    numbers = [int(number) for number in match.groups()]
    return wrong_size(*numbers) if action == "resize" else wrong_box(numbers, params, size)


def wrong_form(action, params):
    """The first sign that may not be there is named."""
    sign = next((sign for sign in params if sign not in SIGNS[action]), None)
    if sign is None:
        return "params-form", FORMS[action]
    if sign == " " or (action == "resize" and sign in LIKE_X):
        return "params-sign", FORMS[action] | {"sign": sign}
    shown = sign if sign.isprintable() else f"U+{ord(sign):04X}"
    return "params-other-sign", FORMS[action] | {"other": shown}


def wrong_size(width, height):
    if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS:
        return None
    return "wrong-size", {"side": MAX_SIDE}


def wrong_box(box, params, size):
    left, top, right, bottom = box
    if not (left < right and top < bottom):
        return "wrong-corners", {"params": params}
    if right <= size[0] and bottom <= size[1]:
        return None
    return "outside", {"params": params, "width": size[0], "height": size[1]}
