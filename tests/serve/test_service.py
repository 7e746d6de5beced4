"""The HTTP interface, by a real service on the loopback."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from srcnn import TargetSize, WriteOptions, upscale_file
from srcnn.files.metadata.png import chunk
from srcnn.page import make_page

if TYPE_CHECKING:
    from tests.serve.conftest import MakePng, Running, Start


@pytest.mark.parametrize(
    ("settings", "same"),
    [
        ({"scale": "2", "model": "fast"}, {"size": TargetSize(scale=2), "model": "fast"}),
        ({"width": "90", "model": "bicubic"}, {"size": TargetSize(width=90), "model": "bicubic"}),
        ({"print": "20x30mm", "dpi": "100"}, {"size": TargetSize(print_size="20x30mm", dpi=100)}),
        ({"fill": "50x50", "jpeg-quality": "off"}, {"size": TargetSize(fill=(50, 50)), "jpeg_quality": "off"}),
        ({"scale": "2", "model": "photo", "denoise": "5"}, {"size": TargetSize(scale=2), "model": "photo", "noise": 5}),
        (
            {"scale": "2", "format": "jpeg", "quality": "80", "no-provenance": "true"},
            {"size": TargetSize(scale=2), "options": WriteOptions(format="jpeg", quality=80), "provenance": False},
        ),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else None,
)
@pytest.mark.parametrize("way", ["body", "form", "form and address"])
def test_result_is_that_of_the_command(
    service: Running, png: MakePng, tmp_path: Path, settings: dict[str, Any], same: dict[str, Any], way: str
) -> None:
    (tmp_path / "image.png").write_bytes(png())
    options = same.get("options", WriteOptions())
    target = tmp_path / f"large.{'jpg' if options.format == 'jpeg' else 'png'}"
    upscale_file(tmp_path / "image.png", target, **same)
    if way == "body":
        answer = service.upscale(png(), **settings)
    else:
        body, headers = service.form(png(), **(settings if way == "form" else {"tta": "false"}))
        answer = service.upscale(body, headers, **({} if way == "form" else settings))
    assert answer.status == 200, answer.body
    assert answer.body == target.read_bytes()
    assert answer.headers["content-type"] == f"image/{options.format or 'png'}"


def test_result_has_the_name_that_the_command_gives(service: Running, png: MakePng) -> None:
    body, headers = service.form(png(), "C:\\scans\\그림 1.png", scale="1.5", model="bicubic")
    answer = service.ask("POST", "/v1/upscale", body, headers)
    assert answer.headers["content-disposition"].endswith("filename*=UTF-8''%EA%B7%B8%EB%A6%BC%201_x1.5.png")
    assert answer.headers["srcnn-size"] == "60x45"
    assert answer.headers["srcnn-model"] == "bicubic"
    named = service.upscale(png(), {"Content-Type": "image/png"}, scale=2, model="bicubic", name="a.tif")
    assert named.headers["content-type"] == "image/tiff"
    reduced = service.upscale(png(), scale=0.5)
    assert json.loads(reduced.headers["srcnn-notes"])[0].startswith("reduced, not upscaled")


@pytest.mark.parametrize(
    ("settings", "status", "words"),
    [
        ({"scalee": "2"}, 400, "no setting named 'scalee'; did you mean scale?"),
        ({"scale": "two"}, 400, "scale must be a number, got 'two'"),
        ({"scale": "65"}, 400, "scale must be at most 64"),
        ({"scale": "nan"}, 400, "scale must be a positive number"),
        ({"scale": "2", "width": "9"}, 400, "give either scale or one size"),
        ({"width": "1.5"}, 400, "width must be a whole number, got '1.5'"),
        ({"width": "9", "height": "9"}, 400, "may change the proportions"),
        ({"print": "30x40"}, 400, "width and height with their unit"),
        ({"tta": "maybe"}, 400, "tta must be true or false"),
        ({"model": "/etc/passwd"}, 400, "no model named '/etc/passwd' here; there are: auto, fast, best"),
        ({"model": "kk"}, 400, "no model named 'kk' here"),
        ({"jpeg-quality": "good"}, 400, "jpeg-quality must be a number from 1 to 100, or off"),
        ({"model": "fast", "denoise": "5"}, 400, "fast cannot be told of noise or JPEG quality; choose photo"),
        ({"denoise": "51"}, 400, "50"),
        ({"format": "docx"}, 400, "format must be one of png, jpeg"),
        ({"format": "png", "quality": "5"}, 400, "PNG has no quality"),
        ({"fit": "9" * 200 + "x1"}, 400, "fit must have at most 100 characters"),
        ({"width": "9" * 60}, 400, "is more than 64 times the image's 400x300"),
        ({"scale": "60"}, 413, "more than the 200 million that this service makes"),
        ({"width": "20000", "format": "webp"}, 422, "cannot write image_w20000.webp: WEBP"),
    ],
)
def test_wrong_settings_are_told_in_the_words_of_the_command(
    service: Running, png: MakePng, settings: dict[str, Any], status: int, words: str
) -> None:
    answer = service.upscale(png(400, 300), **settings)
    assert answer.status == status
    assert words in answer.detail
    service.until(lambda: not service.left())


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b"", {"Content-Type": "image/png"}, 400, "the image is empty"),
        (b"no image", {"Content-Type": "image/png"}, 422, "cannot read image: it is not an image of a known format"),
        (b"a=1", {"Content-Type": "application/x-www-form-urlencoded"}, 415, "got application/x-www-form-urlencoded"),
        (b"{}", {"Content-Type": "application/json"}, 415, "got application/json"),
        (b"--XX--\r\n", {"Content-Type": "multipart/form-data"}, 400, "no boundary"),
        (b"nonsense", {"Content-Type": "multipart/form-data; boundary=XX"}, 400, "the form cannot be read"),
        (b"--XX\r\n", {"Content-Type": "multipart/form-data; boundary=XX"}, 400, "the form ends too early"),
    ],
)
def test_wrong_bodies_are_refused(
    service: Running, body: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    answer = service.upscale(body, headers)
    assert answer.status == status
    assert words in answer.detail
    service.until(lambda: not service.left())


def test_forms_have_one_image(service: Running, png: MakePng) -> None:
    body, headers = service.form(png(), scale="2")
    twice = body.removesuffix(b"--XX--\r\n") + body
    assert "several fields image" in service.upscale(twice, headers).detail
    body, headers = service.form(None, scale="2")
    assert "no field image" in service.upscale(body, headers).detail
    body, headers = service.form(png(), scale="2", model="x" * 20_000)
    assert "longer than any setting" in service.upscale(body, headers).detail
    for name in ("id", "name"):
        body, headers = service.form(png(), scale="2", id="0000-0000-0000-0000")
        answer = service.upscale(body.replace(b'name="id"', f'name="{name}"'.encode()), headers)
        assert answer.status == 400
        assert f"{name} goes into the address, /v1/upscale?{name}=…" in answer.detail


def test_bombs_are_refused_before_they_are_decoded(start: Start, png: MakePng) -> None:
    service = start("--max-pixels", "0.001", "--max-body", "0.5", "--max-result", "0.01")
    answer = service.upscale(png())
    assert answer.status == 422
    assert "its 40x30 pixels are more than the limit of 0.001 million" in answer.detail
    answer = service.upscale(png(20, 20), scale=6, model="bicubic")
    assert answer.status == 413
    assert "120x120 pixels, more than the 0.01 million" in answer.detail
    assert service.upscale(png(20, 20), scale=4, model="bicubic").status == 200
    held_whole = service.upscale(png(20, 20), scale=4, model="bicubic", format="webp")
    assert "80x80 pixels, more than the 0.0025 million" in held_whole.detail
    assert "0.001 million" in service.upscale(png(20, 20), scale=2, model="bicubic", format="avif").detail
    answer = service.upscale(b"\x89PNG" * 200_000)
    assert answer.status == 413
    assert "more than 0.5 MB" in answer.detail
    chunked = service.ask("POST", "/v1/upscale", iter([b"\x89PNG" * 25_000] * 8), {"Content-Type": "image/png"})
    assert chunked.status == 413
    service.until(lambda: not service.left())


@pytest.mark.slow
def test_work_ends_at_its_limit_of_time_and_the_next_is_done(start: Start, png: MakePng) -> None:
    service = start("--time-limit", "2")
    answer = service.upscale(png(3000, 3000), scale=4, model="best", tta="true")
    assert answer.status == 504
    assert "not done after 2 s" in answer.detail
    service.until(lambda: service.metric("srcnn_places_taken") == 0)
    service.until(lambda: not service.left())


def test_models_and_openapi_are_described(service: Running) -> None:
    models = service.get("/v1/models").json
    assert models["default"] == "auto"
    assert models["aliases"] == {"fast": "plain-s", "best": "plain-l", "max": "residual-xl"}
    found = {model["name"]: model for model in models["models"]}
    assert found["plain-s"]["scales"] == [2, 3, 4]
    assert found["bicubic"]["scales"] == "any"
    document = service.get("/openapi.json").json
    assert document["openapi"] == "3.1.0"
    page = service.get("/docs").body.decode()
    for parameter in document["paths"]["/v1/upscale"]["post"]["parameters"]:
        assert f"<td>{parameter['name']}</td>" in page
    assert f" {service.address}/v1/upscale\n" in page
    assert "//" not in page.replace(service.address, "")  # nothing comes from elsewhere


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_commands_of_the_reference_work(service: Running, tmp_path: Path) -> None:
    Image.new("RGB", (20, 30), (90, 120, 150)).save(tmp_path / "photo.jpg")
    page = service.get("/docs").body.decode()
    commands = unescape(page[page.index("curl ") : page.index("</pre>")]).splitlines()
    assert [shlex.split(command)[0] for command in commands] == ["curl", "curl"]
    for command in commands:
        subprocess.run([*shlex.split(command), "--silent", "--noproxy", "*"], cwd=tmp_path, check=True, timeout=120)
    for made in ("photo_x2.jpg", "large.jpg"):
        with Image.open(tmp_path / made) as image:
            assert image.size == (40, 60)


def test_page_is_never_taken_from_an_older_version(service: Running) -> None:
    page = service.get("/page/main.js")
    assert page.headers["cache-control"] == "no-cache"  # it is asked for again each time
    again = service.get("/page/main.js", **{"If-None-Match": page.headers["etag"]})
    assert (again.status, again.body, again.headers["cache-control"]) == (304, b"", "no-cache")
    assert service.get("/v1/models").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "headers",
    [{"Content-Encoding": "gzip"}, {"Content-Encoding": "br, gzip"}, {"Content-Type": "multipart/mixed; boundary=XX"}],
)
def test_body_that_is_wrapped_is_refused_as_such(service: Running, png: MakePng, headers: dict[str, str]) -> None:
    assert service.upscale(png(), headers, model="bicubic").status == 415
    assert service.upscale(png(), {"Content-Encoding": "Identity"}, model="bicubic").status == 200


def test_image_with_thousands_of_texts_harms_nobody(service: Running, png: MakePng) -> None:
    data = png(16, 16)
    texts = [chunk(b"tEXt", b"keyword %060d\0text" % n) for n in range(6000)]
    worker = _worker(service)
    answer = service.upscale(data[:33] + b"".join(texts) + data[33:], model="bicubic", scale=2, format="jpeg")
    assert answer.status == 200
    assert "and 5992 more" in answer.headers["srcnn-notes"]
    assert len(answer.headers["srcnn-notes"]) < 2000
    assert service.upscale(png(), model="bicubic", width=90).headers["srcnn-size"] == "90x68"
    assert _worker(service) == worker


def test_page_is_found_by_its_folder(service: Running) -> None:
    answer = service.get("/page")
    assert answer.status == 307
    assert answer.headers["location"] == f"{service.address}/page/"
    assert service.get("/page/").body == service.get("/page/index.html").body


def test_page_that_computes_in_the_browser_is_shown_too(service: Running) -> None:
    answer = service.get("/browser")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.body.decode() == make_page()
    assert "default-src" not in answer.headers["content-security-policy"], "the policy of the page itself counts"


def test_own_models_are_offered_by_their_names(start: Start, png: MakePng, tmp_path: Path, make_network: Any) -> None:
    (tmp_path / "mine.onnx").write_bytes(make_network(scale=2))
    service = start("--model", str(tmp_path / "mine.onnx"))
    answer = service.upscale(png(), scale=2, model="mine")
    assert answer.status == 200, answer.body
    assert answer.headers["srcnn-model"] == "mine.onnx"
    assert str(tmp_path) not in service.get("/v1/models").body.decode()


def test_every_answer_has_strict_headers(service: Running, png: MakePng) -> None:
    for answer in (service.get("/page/index.html"), service.get("/nothing"), service.upscale(png(), model="bicubic")):
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "access-control-allow-origin" not in answer.headers
    assert service.get("/nothing").detail.startswith("there is nothing at /nothing")
    assert service.ask("DELETE", "/v1/models").status == 405


def test_other_sites_may_not_use_it(service: Running, png: MakePng) -> None:
    assert service.upscale(png(), {"Origin": "https://evil.example"}, model="bicubic").status == 403
    assert service.upscale(png(), {"Origin": "null"}, model="bicubic").status == 403
    assert service.upscale(png(), {"Origin": service.address}, model="bicubic").status == 200
    assert service.get("/v1/models", Host="evil.example").status == 421
    assert service.get("/v1/models", Host="localhost:1").status == 200


def test_named_sites_may_use_it(start: Start, png: MakePng) -> None:
    service = start("--allow-origin", "https://Friend.example", "--token", "correct horse")
    friend, token = {"Origin": "https://friend.example"}, {"Authorization": "Bearer correct horse"}
    answer = service.upscale(png(), friend | token, model="bicubic")
    assert answer.status == 200
    assert answer.headers["access-control-allow-origin"] == "https://friend.example"
    shown = answer.headers["access-control-expose-headers"].lower().split(", ")
    own = {name for name in answer.headers if name.startswith("srcnn-")}
    assert len(own) == 5
    assert {*own, "content-disposition", "retry-after"} == set(shown)
    assert service.upscale(png(), {"Origin": "https://evil.example"} | token).status == 403
    refused = service.upscale(png(), friend)
    assert refused.status == 401
    assert refused.headers["access-control-allow-origin"] == "https://friend.example"
    asked = friend | {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = service.ask("OPTIONS", "/v1/upscale", headers=asked)
    assert preflight.status == 200
    assert preflight.headers["access-control-allow-origin"] == "https://friend.example"
    assert preflight.headers["x-content-type-options"] == "nosniff"


def test_names_are_compared_without_capitals_and_those_of_this_machine_stay(start: Start) -> None:
    service = start("--host", "0.0.0.0", "--allow-host", "MyHost")
    for host in ("myhost", "MYHOST:1", "127.0.0.1:8000", "localhost", "[::1]:8000"):
        assert service.get("/healthz", Host=host).status == 200, host
    for host in ("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8000"):
        assert service.get("/healthz", Host=host).status == 421, host


def test_token_is_needed_where_there_is_one(start: Start, png: MakePng) -> None:
    service = start(SRCNN_SERVE_TOKEN="correct horse")
    assert service.get("/healthz").status == 200
    assert service.get("/page/index.html").status == 200
    for path in ("/v1/models", "/metrics"):
        assert service.get(path).headers["www-authenticate"] == "Bearer"
        assert service.get(path, Authorization="Bearer wrong horse").status == 401
        assert service.get(path, Authorization="Bearer correct horse").status == 200
    assert service.upscale(png(), model="bicubic").status == 401
    assert service.upscale(png(), {"Authorization": "bearer correct horse"}, model="bicubic").status == 200


def _half_sent(service: Running, length: int, part: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", service.port))
    head = (
        f"POST /v1/upscale HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\nContent-Length: {length}\r\n\r\n"
    )
    connection.sendall(head.encode() + part)
    return connection


def _asked(service: Running, image: bytes, settings: str, address: str = "127.0.0.1") -> socket.socket:
    """A request whose answer nobody has read yet, from an address of the loopback."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
    connection.bind((address, 0))
    connection.connect(("127.0.0.1", service.port))
    head = f"POST /v1/upscale?{settings} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
    connection.sendall(f"{head}Content-Length: {len(image)}\r\n\r\n".encode() + image)
    return connection


def test_full_service_says_when_to_come_again(start: Start, png: MakePng) -> None:
    service = start("--queue", "2")
    waiting = [_half_sent(service, 1000, b"\x89PNG") for _ in range(2)]
    service.until(lambda: service.metric("srcnn_places_taken") >= 1)
    answer = service.upscale(png(), model="bicubic")
    assert answer.status == 429
    assert int(answer.headers["retry-after"]) >= 1
    assert "all 2 places are taken" in answer.detail
    for connection in waiting:
        connection.close()
    service.until(lambda: service.metric("srcnn_places_taken") == 0)
    assert service.upscale(png(), model="bicubic").status == 200


@pytest.mark.parametrize("stage", ["connecting", "sending", "waiting", "working", "fetching"])
def test_client_that_goes_away_leaves_nothing(service: Running, png: MakePng, stage: str) -> None:
    image = png(600, 600)
    before = service.metric('srcnn_images_total{outcome="cancelled"}')
    number = f"0000-0000-0000-{os.getpid()}-{stage}"
    if stage == "connecting":
        connection = socket.create_connection(("127.0.0.1", service.port))
        connection.sendall(b"POST /v1/upscale HTTP/1.1\r\nHost: loc")
    elif stage == "sending":
        connection = _half_sent(service, len(image), image[:-5])
        service.until(lambda: service.metric("srcnn_places_taken") == 1)
    else:
        # More than the buffers of a connection take.
        work = "scale=4&model=bicubic&format=bmp" if stage == "fetching" else "scale=4&model=best%2Btta"
        others = [_asked(service, image, work)] if stage == "waiting" else []
        if others:
            service.until(lambda: service.metric("srcnn_places_taken") == 1)
        connection = _asked(service, image, f"{work}&id={number}")
        state = "sending" if stage == "fetching" else stage
        service.until(lambda: service.get(f"/v1/progress/{number}").body.find(f'"{state}"'.encode()) > 0)
        for other in others:
            other.close()
    connection.close()
    service.until(lambda: service.metric("srcnn_places_taken") == 0)
    service.until(lambda: not service.left())
    if stage in ("sending", "waiting", "working"):
        assert service.metric('srcnn_images_total{outcome="cancelled"}') > before
    assert service.upscale(png(), model="bicubic").status == 200


def test_clients_are_served_by_turns(start: Start, png: MakePng) -> None:
    service = start("--time-limit", "600")
    image, settings = png(300, 300), "scale=4&model=best"
    many = [_asked(service, image, settings, "127.0.0.2") for _ in range(4)]
    service.until(lambda: service.metric("srcnn_places_taken") == 4)
    number = "0000-0000-0000-0001"
    one = _asked(service, image, f"{settings}&id={number}", "127.0.0.3")
    service.until(lambda: service.get(f"/v1/progress/{number}").status == 200)
    seen = service.get(f"/v1/progress/{number}").json
    assert seen["state"] in ("receiving", "working") or seen["ahead"] <= 2, "one at work and one of the other client"
    assert one.recv(15) == b"HTTP/1.1 200 OK"
    still = service.metric("srcnn_places_taken")
    assert still >= 2, "those of the client that came first are not all done"
    for connection in (one, *many):
        connection.close()


def test_progress_is_told(service: Running, png: MakePng) -> None:
    number = "11111111-1111-1111-1111"
    connection = _asked(service, png(500, 500), f"scale=4&model=best%2Btta&id={number}")
    service.until(lambda: service.get(f"/v1/progress/{number}").json.get("done", 0) > 0)
    told = service.get(f"/v1/progress/{number}").json
    assert told["state"] == "working"
    assert 0 < told["done"] <= told["total"]
    assert told["size"] == [2000, 2000]
    assert told["seconds_left"] >= 0
    assert service.upscale(png(), id=number).status == 409
    connection.close()
    service.until(lambda: service.get(f"/v1/progress/{number}").status == 404)
    assert service.upscale(png(), id="short").status == 400


def test_worker_that_dies_is_started_again(service: Running, png: MakePng) -> None:
    number = "22222222-2222-2222-2222"
    connection = _asked(service, png(500, 500), f"scale=4&model=best%2Btta&id={number}")
    service.until(lambda: service.get(f"/v1/progress/{number}").json.get("done", 0) > 0)
    os.kill(_worker(service), signal.SIGKILL)
    assert connection.recv(12) == b"HTTP/1.1 500"
    connection.close()
    assert service.upscale(png(), model="bicubic").status == 200
    service.until(lambda: not service.left())


def _worker(service: Running) -> int:
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children")
    if not children.is_file():
        pytest.skip("the system does not list the children of a process")
    return int(children.read_text().split()[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_lets_work_end(start: Start, png: MakePng, number: signal.Signals) -> None:
    service = start()
    connection = _asked(service, png(300, 300), "scale=4&model=best")
    service.until(lambda: service.metric("srcnn_places_taken") == 1)
    worker = _worker(service)
    service.process.send_signal(number)
    assert connection.recv(15) == b"HTTP/1.1 200 OK"
    while connection.recv(1 << 16):
        pass
    connection.close()
    assert service.process.wait(60) == 128 + number
    assert not list(service.temporary.iterdir())
    assert not Path(f"/proc/{worker}").exists()


@pytest.mark.slow
def test_killed_service_takes_its_worker_along_and_the_next_one_cleans_up(start: Start, png: MakePng) -> None:
    service = start()
    connection = _asked(service, png(500, 500), "scale=4&model=best%2Btta")
    service.until(lambda: service.metric("srcnn_places_taken") == 1)
    worker = _worker(service)
    service.process.kill()
    service.process.wait()
    connection.close()
    service.until(lambda: not Path(f"/proc/{worker}").exists())
    assert list(service.temporary.glob("srcnn-serve-*"))
    other = start(TMPDIR=str(service.temporary))
    assert len(list(service.temporary.glob("srcnn-serve-*"))) == 1
    other.process.terminate()
    other.process.wait(60)
    assert not list(service.temporary.iterdir())
