"""What may be asked of a picture: the actions, and the params of each."""

import re

from upload import MAX_PIXELS, MAX_SIDE

ACTIONS = {"grayscale": "", "resize": "ШИРИНАxВИСОТА", "crop": "x1,y1,x2,y2"}
PATTERNS = {"resize": r"(\d{1,5})x(\d{1,5})", "crop": r"(\d{1,5}),(\d{1,5}),(\d{1,5}),(\d{1,5})"}


def wrong_params(action, params, size):
    """Why the action or its params cannot be; None where they can. ``size``: of the picture."""
    if action not in ACTIONS:
        return f"Такої дії немає: потрібна одна з {', '.join(ACTIONS)}."
    if not re.fullmatch(r"[A-Za-z0-9=,.:-]{0,64}", params):
        return "У «params» дозволено до 64 латинських літер, цифр і знаків «=,.:-»."
    if action == "grayscale":
        return None
    found = re.fullmatch(PATTERNS[action], params, re.ASCII)
    if found is None:
        return f"Для дії {action} потрібні params у вигляді {ACTIONS[action]}."
    numbers = [int(number) for number in found.groups()]
    return wrong_size(*numbers) if action == "resize" else wrong_box(numbers, params, size)


def wrong_size(width, height):
    if 0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS:
        return None
    return f"Розмір має бути від 1x1 до {MAX_SIDE} точок на бік і до 25 мегапікселів."


def wrong_box(box, params, size):
    left, top, right, bottom = box
    if left < right <= size[0] and top < bottom <= size[1]:
        return None
    return f"Прямокутник {params} має лежати в межах зображення {size[0]}x{size[1]}."
