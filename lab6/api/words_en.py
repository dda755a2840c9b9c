"""The api's English texts."""

SENTENCES = {
    # The form
    "no-form": "Send a multipart/form-data form with the file “image” and the field “action”.",
    "no-image": "The form has no file “image”.",
    "no-action": "The form has no field “action”.",
    "image-is-text": "The field “image” came as text, not as a file; curl needs an @ before the file's name.",
    "too-many-bytes": "The request is too large: the file may have 10 MB, the other fields 100 KB.",
    "unreadable": "The request cannot be read.",
    # The picture
    "no-picture": "A PNG or JPEG picture of one frame is needed, but “image” is {found}.",
    "too-many-points": "The picture is too large: at most {side} pixels a side and 25 megapixels.",
    "costly-jpeg": "This JPEG takes too much to read; save it without progressive compression (baseline).",
    # The action and its parameters
    "unknown-action": "There is no action “{action}”: use one of {actions}.",
    "no-params-needed": "The action grayscale needs no params; they may have up to 64 Latin letters, digits and the signs = , . : -.",
    "long-params": "The params may have up to 64 characters.",
    "params-form": "The action {action} needs params of the form {form}, for example {example}.",
    "params-sign": "The action {action} needs params of the form {form}, for example {example}; yours contain {sign}.",
    "params-other-sign": "The action {action} needs params of the form {form}, for example {example}; yours contain “{other}”.",
    "wrong-size": "The size must be between 1x1 and {side} pixels a side, and at most 25 megapixels.",
    "wrong-corners": "The rectangle {params} is empty: the second corner (x2,y2) must be to the right of and below the first (x1,y1).",
    "outside": "The rectangle {params} must lie within the picture, which is {width}x{height}.",
    # The job
    "no-such-job": "There is no job {job_id}.",
    "no-result": "There is no result; the job's status is {status}. {reason}",
    # Addresses
    "front-page": "This is the API of lab 6: send a picture to the first of these addresses.",
    "no-such-address": "There is no such address. There are POST /job/submit, GET /job/<id>, GET /job/<id>/result and GET /health.",
    "no-id": "There is no such address: /job/ is followed by the id of a job (a UUID), as POST /job/submit returned it.",
    "wrong-method": "The method {method} does not work here: this address needs {allowed}.",
    # What does not work
    "not-saved": "The file cannot be saved now, so the job was not accepted; try again.",
    "in-doubt": "PostgreSQL was lost in the middle of a write; whether the job was accepted is not known.",
    "no-postgres-now": "PostgreSQL is not available now, so the job was not accepted; try again.",
    "no-postgres": "PostgreSQL does not answer.",
    "no-redis": "Redis does not answer.",
    "unexpected": "An internal error; the API's log has the details.",
}

#: What a file turned out to be, which character is wrong, the form that params need.
NAMES = {
    "empty": "an empty file",
    "animated-png": "an animated PNG",
    "damaged-png": "a damaged or cut PNG",
    "damaged-jpeg": "a damaged or cut JPEG",
    "rare-jpeg": "a rare kind of JPEG that browsers do not show",
    "heic": "HEIC (the format of iPhone photos; convert it to JPEG)",
    "video": "a video",
    "zip": "a ZIP archive (or an Office document)",
    "html": "an HTML page",
    "text": "text",
    "unknown": "a file of an unknown format",
    "size-form": "WIDTHxHEIGHT",
    "х": "the Cyrillic letter “х” instead of the Latin “x”",
    "Х": "the Cyrillic letter “Х” instead of the Latin “x”",
    "X": "a capital “X” instead of a small “x”",
    "×": "the multiplication sign “×” instead of the Latin letter “x”",
    "*": "an asterisk “*” instead of the Latin letter “x”",
    " ": "a space",
}

#: The worker's reasons are English as they stand.
REASONS = {}
