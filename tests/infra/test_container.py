"""The image's definition is linted, and its steps are executed one by one without Docker."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.base_image import DEFAULT
from infra.image import CREW, WEB, make_tag, stage_context
from infra.template import make_template
from tests.conftest import ROOT, RedisServer, free_port
from tests.infra.built_image import DOCKERFILE, Image, build, read_instructions, read_stages, start
from tests.intake.senders import SENDERS
from tests.waiting import wait_for, wait_for_port

SOURCES = """
[sources.phone]
provider = "api"
board = "fundraiser"
platform = "Phone"
secret = "PHONE_SECRET"
"""


def test_hadolint_finds_nothing() -> None:
    linter = Path(sys.executable).parent / "hadolint"
    result = subprocess.run([linter, DOCKERFILE], capture_output=True, text=True, check=False)
    assert result.stdout == ""
    assert result.returncode == 0, result.stderr


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Return the image of the web app."""
    with build(tmp_path_factory.mktemp("image"), WEB) as image:
        yield image


@pytest.fixture(scope="module")
def crew_image(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Image]:
    """Return the image of the crew's pages, with a file of sources."""
    folder = tmp_path_factory.mktemp("crew")
    sources = folder / "gala-intake.toml"
    sources.write_text(SOURCES, "utf-8")
    with build(folder, CREW, sources) as image:
        yield image


def test_it_serves_as_nobody_from_read_only_files_and_its_health_check_sees_it(
    image: Image,
) -> None:
    redis, port = RedisServer(), free_port()
    process: subprocess.Popen[bytes] | None = None
    try:
        process = start(image, REDIS_URL=redis.url, HOST="127.0.0.1", PORT=str(port))
        wait_for_port(port)
        [*_, program] = re.findall(r'"([^"]*)"', image.healthcheck)
        check = [sys.executable, "-c", program.replace("8000", str(port))]
        assert subprocess.run(check, check=False).returncode == 0
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5) as page:
            assert b"<html" in page.read()
        process.terminate()
        assert process.wait(10) in (0, -15)
        assert subprocess.run(check, capture_output=True, check=False).returncode != 0
    finally:
        if process is not None:
            process.kill()
            process.wait()
        redis.kill()


def test_the_crews_image_serves_the_pages_and_the_sources(
    crew_image: Image, dynamodb: Any, redis_url: str
) -> None:
    port = free_port()
    [environment] = make_template()["Resources"]["CrewTask"]["Properties"]["ContainerDefinitions"]
    place = {v["Name"]: v["Value"] for v in environment["Environment"]}["INTAKE"]["Fn::If"][1]
    told = {"REDIS_URL": redis_url, "DYNAMODB_URL": dynamodb.meta.endpoint_url, "PORT": str(port)}
    told |= {"HOST": "127.0.0.1", "CREW_CODE": "abcd-2345", "CREW_SESSION_KEY": "k" * 40}
    told["INTAKE"] = str(crew_image.root) + place
    told["SECRETS"] = json.dumps({"PHONE_SECRET": SENDERS["api"].secret})
    process = start(crew_image, **told)
    try:
        [*_, program] = re.findall(r'"([^"]*)"', crew_image.healthcheck)
        check = [sys.executable, "-c", program.replace("8000", str(port))]
        wait_for(lambda: subprocess.run(check, capture_output=True, check=False).returncode == 0)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/crew/sign-in", timeout=5) as page:
            assert b"Live fundraiser" in page.read()
        unsigned = urllib.request.Request(f"http://127.0.0.1:{port}/in/phone", b"{}")
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(unsigned, timeout=5)
    finally:
        process.terminate()
        process.wait(20)


def test_the_web_apps_image_has_nothing_of_the_crew_and_the_crews_nothing_of_the_web_app(
    image: Image, crew_image: Image
) -> None:
    web = {path.name for path in (image.root / "app").iterdir()}
    crew = {path.name for path in (crew_image.root / "app").iterdir()}
    assert not web & {"crew", "jinja2", "itsdangerous", "openpyxl"}
    assert not crew & {"webapp", "lambda_handler", "reconcile", "operate"}
    assert not (crew_image.root / "app/static/index.html").exists()
    assert not (image.root / "app/boards/sources").exists()
    # What `docker build` without a target makes.
    assert list(read_stages())[-1] == WEB.target


def test_reconcile_runs_from_the_same_image(image: Image) -> None:
    command = [sys.base_prefix + "/bin/python3", "-S", "-m", "operate.cli", "--help"]
    result = subprocess.run(
        command,
        cwd=image.root / "app",
        env=image.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode == 0, result.stderr


def test_every_wheel_exists_with_its_hash_for_both_platforms_and_the_images_python(
    tmp_path: Path,
) -> None:
    python = re.search(r"ARG BASE=python:([\d.]+)-slim", DOCKERFILE.read_text())
    assert python is not None
    assert python[0].endswith(DEFAULT)
    for machine in ("x86_64", "aarch64"):
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--require-hashes"]
        command += ["--only-binary=:all:", "--python-version", python[1], "--dest", str(tmp_path)]
        command += ["--platform", f"manylinux_2_28_{machine}"]
        command += ["--platform", f"manylinux2014_{machine}"]
        for name in ("web.txt", "crew.txt", "explore.txt"):
            command += ["--requirement", str(ROOT / "requirements" / name)]
        subprocess.run(command, check=True, capture_output=True)


def test_the_same_sources_have_the_same_tag_and_another_page_another(tmp_path: Path) -> None:
    board = ROOT / "boards/fundraiser.toml"
    first = make_tag(stage_context(board, tmp_path / "a"))
    context = stage_context(board, tmp_path / "b")
    assert make_tag(context) == first
    page = context / "static/index.html"
    page.write_text(page.read_text("utf-8") + "\n", "utf-8")
    assert make_tag(context) != first


def test_what_goes_to_the_builder_is_what_the_image_needs() -> None:
    copied = {
        source
        for instruction, rest in read_instructions()
        if instruction == "COPY" and "--from" not in rest
        for source in rest.split()[:-1]
    }
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    allowed = {line[1:].rstrip("/") for line in ignored if line.startswith("!")}
    assert ignored[1] == "*"
    assert allowed == copied
