"""Whatever is sent, the answer is a 4xx in problem+json, never a 500."""

from __future__ import annotations

import json
import random
import socket
from collections.abc import Iterator

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient

from tests.app.samples import DEMAND_CSV, HOSTILE, plan_body, submit
from tests.servers import Server

GOOD = json.dumps(plan_body("D", "C")).encode()

BODIES = {
    "nothing": b"",
    "NaN": GOOD.replace(b"60", b"NaN"),
    "Infinity": GOOD.replace(b"60", b"-Infinity"),
    "1e999": GOOD.replace(b"60", b"1e999"),
    "5,000 digits": GOOD.replace(b"60", b"9" * 5000),
    "5,000 digits in an integer": GOOD.replace(b'"survive": 1', b'"survive": ' + b"9" * 5000),
    "lone surrogate": GOOD.replace(b"sample", b"\\ud800"),
    "lone surrogate in a key": GOOD.replace(b'"name"', b'"\\udfff"'),
    "lone surrogate in an id": GOOD.replace(b'"D"', b'"\\ud800"'),
    "NUL": GOOD.replace(b"sample", b"\\u0000"),
    "NUL in an id": GOOD.replace(b'"D"', b'"\\u0000"'),
    "bad UTF-8": GOOD.replace(b"sample", b"\xff\xfe"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "BOM": b"\xef\xbb\xbf" + GOOD,
    "duplicate keys": GOOD.replace(b'"survive": 1', b'"survive": 1, "survive": "x"'),
    "cut short": GOOD[:-5],
    "200,000 deep": b'{"a":' * 200_000 + b"1" + b"}" * 200_000,
    "200,000 deep list": b"[" * 200_000 + b"]" * 200_000,
    "deep inside demand": GOOD.replace(b'"D"', b"[" * 5000 + b"]" * 5000),
    "deep GeoJSON": GOOD.replace(b'"D"', b'{"type":"FeatureCollection","features":' + b"[" * 150 + b"]" * 150 + b"}"),
    "a list": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "XML": b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>',
    "hostile name for a field": json.dumps({HOSTILE: 1}).encode(),
}


@pytest.mark.parametrize("case", BODIES)
@pytest.mark.parametrize("path", ["/api/v1/plans", "/api/v1/plans/x/drill", "/api/v1/budget", "/api/v1/model-fit"])
def test_a_hostile_body_is_refused_in_ascii(case: str, path: str, shared: TestClient) -> None:
    answer = shared.post(path, content=BODIES[case], headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.content.isascii()
    assert answer.json()["status"] == answer.status_code


def test_only_json_is_json(shared: TestClient) -> None:
    """A form or text/plain can be posted by any page of the web without the browser asking first."""
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        assert shared.post("/api/v1/plans", content=GOOD, headers={"Content-Type": kind}).status_code == 415


@pytest.mark.parametrize("value", ["\x00", "%00", "%ff", "%ed%a0%80", "9" * 5000, HOSTILE, "../../etc/passwd", "-1"])
def test_hostile_values_in_address_and_query(value: str, shared: TestClient) -> None:
    for address in (
        f"/api/v1/plans/{value.replace('/', '%2f')}",
        f"/api/v1/datasets/{value.replace('/', '%2f')}/points",
        f"/api/v1/plans?limit={value}",
        f"/api/v1/plans?after={value}",
        f"/api/v1/plans/x/sites?format={value}",
        f"/api/v1/datasets?role={value}",
    ):
        try:
            status = shared.get(address).status_code
        except (ValueError, httpx.InvalidURL):
            continue  # the client refuses to send it
        assert status < 500, address


def test_hostile_headers(inputs: dict[str, str], client: TestClient) -> None:
    plan_id = submit(client, plan_body(inputs["demand"], inputs["candidates"]))
    client.post(f"/api/v1/plans/{plan_id}/cancel")
    for last in ("x", "-1", "9" * 19, "9" * 5000, "²", "1e9"):
        answer = client.get(f"/api/v1/plans/{plan_id}/events", headers={b"Last-Event-ID": last.encode()})
        assert answer.status_code in (200, 204, 422), last
    for length in ("-5", "x", "9" * 100):
        answer = client.post("/api/v1/plans", content=b"{}", headers={"Content-Length": length})
        assert 400 <= answer.status_code < 500, length


# Starlette leaves its temporary file to the garbage collector when a form breaks off.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_hostile_multipart(client: TestClient) -> None:
    kind = {"Content-Type": "multipart/form-data; boundary=b"}
    part = b'--b\r\nContent-Disposition: form-data; name="role"\r\n\r\ndemand\r\n'
    file = b'--b\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\n\r\n'
    for body in (
        b"",
        b"--b",
        part,
        part + file % b"a.csv",
        part + file % b"\xff\xfe" + DEMAND_CSV[:-200] + b"\r\n--b--\r\n",
        part + file % b"a\x00.csv" + b"x\r\n--b--\r\n",
        part.replace(b"demand", b"\xff") + file % b"a" + b"x\r\n--b--\r\n",
        part * 2000 + b"--b--\r\n",
        b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    ):
        answer = client.post("/api/v1/datasets", content=body, headers=kind)
        assert 400 <= answer.status_code < 500, (body[:80], answer.text)
        assert answer.content.isascii()


def test_a_body_over_the_limit_is_refused_with_and_without_a_length(client: TestClient) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(6 * 16):
            yield b" " * 65536

    kind = {"Content-Type": "application/json"}
    assert client.post("/api/v1/plans", content=b" " * (3 << 20), headers=kind).status_code == 413
    assert client.post("/api/v1/plans", content=endless(), headers=kind).status_code == 413
    big = DEMAND_CSV + b"\n" * (5 << 20)
    answer = client.post("/api/v1/datasets", data={"role": "demand"}, files={"file": ("a.csv", big)})
    assert answer.status_code == 413


def test_five_hundred_mutations_of_a_good_request_never_break_the_service(
    shared: TestClient, shared_inputs: dict[str, str]
) -> None:
    good = json.dumps(plan_body(shared_inputs["demand"], shared_inputs["candidates"])).encode()
    chance = random.Random(20261121)
    scraps = [b"NaN", b"\\ud83d", b"\xf0", b"1e400", b'"', b"{", b"]", b",", b"\x00", b"-0", b"null", b"\\u0000"]
    for _ in range(500):
        body = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(body))
            body[at : at + chance.randint(0, 6)] = chance.choice(scraps)
        answer = shared.post("/api/v1/plans", content=bytes(body), headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, bytes(body)


def test_a_body_that_stops_arriving_is_given_up_while_others_are_served(live: Server) -> None:
    with socket.create_connection(("127.0.0.1", live.port)) as slow:
        slow.sendall(
            b"POST /api/v1/plans HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b"Content-Length: 100\r\n\r\n{"
        )
        assert live.http.get("/healthz").status_code == 200
        slow.settimeout(20)
        assert slow.recv(100).startswith(b"HTTP/1.1 408")
