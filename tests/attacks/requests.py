"""Hostile requests: forms, parameters, paths, and what goes under HTTP itself."""

from tests.attacks.pictures import good

PICTURE = good()
FORM = {"action": "grayscale", "params": ""}
SUBMIT = "/job/submit"
ID = "00000000-0000-4000-8000-000000000000"


def form(action="grayscale", params="", name="a.png", field="image", query=None):
    """An upload as the lab sends it, with these things in it."""
    return {
        "method": "POST",
        "path": SUBMIT,
        "files": {field: (name, PICTURE, "image/png")},
        "data": {"action": action, "params": params},
        "params": query,
    }


def plain(method, path, **more):
    """Any other request."""
    return {"method": method, "path": path, **more}


def multipart(body, kind="multipart/form-data; boundary=x"):
    """A body of one's own."""
    return plain("POST", SUBMIT, content=body, headers={"Content-Type": kind})


#: What is sent, and the status it must have. 202: it is no attack, only odd.
REQUESTS = {
    "params: a bar": (form("resize", "10x10|x"), 422),
    "params: a line end": (form("resize", "10x10\nReceived New Event"), 422),
    "params: a NUL": (form("resize", "10x10\0"), 422),
    "params: a quote": (form("resize", "10x10'; DROP TABLE jobs; --"), 422),
    "params: a shell": (form("resize", "$(id)x10"), 422),
    "params: a template": (form("resize", "{{7*7}}x10"), 422),
    "params: other digits": (form("resize", "१०x१०"), 422),
    "params: negative": (form("crop", "-5,0,5,5"), 422),
    "params: a fraction": (form("resize", "1.5x2"), 422),
    "params: zero": (form("resize", "0x10"), 422),
    "params: too large": (form("resize", "10000x10000"), 422),
    "params: very many digits": (form("resize", "9" * 40 + "x1"), 422),
    "params: too long": (form("grayscale", "a" * 65), 422),
    "params: outside the picture": (form("crop", "0,0,9999,9999"), 422),
    "params: an empty rectangle": (form("crop", "5,5,5,5"), 422),
    "params: of another action": (form("resize", "1,2,3,4"), 422),
    "params: missing": (form("resize", ""), 422),
    "action: unknown": (form("explode"), 422),
    "action: a path": (form("../../etc/passwd"), 422),
    "action: capital letters": (form("GRAYSCALE"), 422),
    "action: very long": (form("g" * 100_000), 422),
    "action: a line end": (form("grayscale\nX: y"), 422),
    "action: none": (form(""), 400),
    "file: under another name": (form(field="file"), 400),
    "file name: a path": (form(name="../../../etc/passwd.png"), 202),
    "file name: absolute": (form(name="/etc/cron.d/x"), 202),
    "file name: of Windows": (form(name="C:\\Windows\\x.png"), 202),
    "file name: a NUL": (form(name="a\0.png"), 202),
    "file name: a script": (form(name="<script>alert(1)</script>.png"), 202),
    "file name: very long": (form(name="a" * 5_000 + ".png"), 202),
    "file name: no picture's": (form(name="a.php"), 202),
    "file name: from right to left": (form(name="\u202egnp.exe"), 202),
    "query and form at odds": (form(query={"action": "explode"}), 422),
    "no form at all": (plain("POST", SUBMIT), 415),
    "json": (
        plain("POST", SUBMIT, content=b"{}", headers={"Content-Type": "application/json"}),
        415,
    ),
    "an url-encoded form": (plain("POST", SUBMIT, data=FORM), 415),
    "a form without a file": (
        multipart(
            b'--x\r\nContent-Disposition: form-data; name="action"\r\n\r\ngrayscale\r\n--x--\r\n'
        ),
        400,
    ),
    "a form without a boundary": (multipart(b"--x--", "multipart/form-data"), 400),
    "a form that never ends": (
        multipart(b'--x\r\nContent-Disposition: form-data; name="image"; filename="a"\r\n\r\nabc'),
        400,
    ),
    "a form of rubbish": (multipart(bytes(range(256)) * 10), 400),
    "a form of 2,000 fields": (
        multipart(
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="f%d"\r\n\r\n1\r\n' % n
                for n in range(2_000)
            )
            + b"--x--\r\n"
        ),
        413,
    ),
    "a form of nine files": (
        multipart(
            b"".join(
                b'--x\r\nContent-Disposition: form-data; name="image"; filename="%d"\r\n\r\n1\r\n'
                % n
                for n in range(9)
            )
            + b"--x--\r\n"
        ),
        413,
    ),
    "another method": (plain("GET", SUBMIT), 405),
    "DELETE": (plain("DELETE", SUBMIT), 405),
    "PATCH of a job": (plain("PATCH", f"/job/{ID}"), 405),
    "an unknown method": (plain("BREW", SUBMIT), 405),
    "another path": (plain("GET", "/admin"), 404),
    "a path upwards": (plain("GET", "/job/../../etc/passwd"), 404),
    "a path upwards, encoded": (plain("GET", "/job/%2e%2e%2f%2e%2e%2fetc%2fpasswd/result"), 404),
    "an id that is none": (plain("GET", "/job/1"), 404),
    "an id with SQL": (plain("GET", "/job/1'%20OR%20'1'='1"), 404),
    "an id of nobody": (plain("GET", f"/job/{ID}"), 404),
    "the result of nobody": (plain("GET", f"/job/{ID}/result"), 404),
    "a very long path": (plain("GET", "/" + "a" * 20_000), 404),
    "a NUL in the path": (plain("GET", "/job/%00"), 404),
}

#: Below HTTP: bytes of one's own; the statuses that an answer may have, None where the connection
#: may be cut.
RAW = {
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 5 + b"\r\n\r\n", (400, None)),
    "HTTP/9.9": (b"GET /health HTTP/9.9\r\nHost: x\r\n\r\n", (200, 400, 505, None)),
    "HTTP/1.0": (b"GET /health HTTP/1.0\r\n\r\n", (200,)),
    "no length": (b"POST /job/submit HTTP/1.1\r\nHost: x\r\n\r\n", (400, 411, 415)),
    "a negative length": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        (400,),
    ),
    "a length that is no number": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nContent-Length: 5e5\r\n\r\n",
        (400,),
    ),
    "two lengths": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        (400,),
    ),
    "a length and chunks": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        (400, 415),
    ),
    "another encoding": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        (400, 501),
    ),
    "a chunk's size that is none": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
        (400,),
    ),
    "headers without an end": (
        b"GET /health HTTP/1.1\r\n" + b"X: " + b"a" * 300_000,
        (431, 400, None),
    ),
    "10,000 headers": (
        b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 60_000 + b"\r\n",
        (431, 400, None),
    ),
    "a header folded": (b"GET /health HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n", (200, 400)),
    "a line end in the path": (b"GET /health\nX: y HTTP/1.1\r\nHost: x\r\n\r\n", (400, 404)),
    "a length of 5,000 digits": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        (400, 413, None),
    ),
    "an address that is none": (b"GET http://[/x HTTP/1.1\r\nHost: x\r\n\r\n", (400, 404, None)),
    "a header of 40 KB": (
        b"GET /health HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
        (431,),
    ),
    "an address of no kind": (b"GET http://[::g]/ HTTP/1.1\r\nHost: x\r\n\r\n", (400,)),
    "300 short headers": (
        b"GET /health HTTP/1.1\r\nHost: x\r\n" + b"A:\r\n" * 300 + b"\r\n",
        (400,),
    ),
    "a chunk's line without an end": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;"
        + b"a" * 20_000,
        (400, None),
    ),
    "trailers without an end": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        + b"A: b\r\n" * 5_000,
        (400, None),
    ),
    "1 GB declared": (
        b"POST /job/submit HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 1073741824\r\n\r\n",
        (413,),
    ),
}
