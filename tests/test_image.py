"""What `make image-test` does not have to build an image for."""

import socket
import struct
from pathlib import Path

import pytest

from tests.image import engine, manifests, proxy
from tests.served import run_script, serving
from tests.trimmed_server import LEFT_OUT


def test_pages_need_none_of_the_packages_that_the_container_does_not_have(tmp_path: Path) -> None:
    assert {"pandas", "pyarrow"} <= set(LEFT_OUT)
    with serving(tmp_path / "log.txt", module=("-m", "tests.trimmed_server"), RAVINE_PROCESSES="1") as served:
        for page in ("playground", "compare", "dissect", "race", "lessons"):
            with served.session() as session:
                got = run_script(session, "surface=linear_regression", page=page)
            elements = [message.delta.new_element for message in got if message.WhichOneof("type") == "delta"]
            kinds = {element.WhichOneof("type") for element in elements}
            assert "bidi_component" in kinds
            assert page != "playground" or "selectbox" in kinds
            assert "exception" not in kinds
        assert served.metric("script_errors_total") == [0]


def test_pip_s_folders_are_found_in_its_settings(tmp_path: Path) -> None:
    wheels, index = tmp_path / "wheels", tmp_path / "simple"
    wheels.mkdir()
    index.mkdir()
    text = f"[global]\nfind-links = {wheels}\nextra-index-url=file://{index} https://a.org{wheels} /not/here\n"
    assert engine.folders(text) == [str(index), str(wheels)]


def test_a_build_step_sees_pip_s_settings_and_what_they_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, wheels = tmp_path / "pip.conf", tmp_path / "wheels"
    wheels.mkdir()
    settings.write_text(f"[global]\nfind-links = {wheels}\n")
    monkeypatch.setattr(engine, "PIP_FILES", (str(settings), str(tmp_path / "nothing")))
    monkeypatch.setattr(engine, "CERTIFICATES", tmp_path / "no-certificates")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert engine.mounts() == ["--volume", f"{settings}:{settings}:ro", "--volume", f"{wheels}:{wheels}:ro"]


def test_the_name_server_answers_with_both_addresses_and_to_other_questions_with_none() -> None:
    for kind, wanted in ((1, 2), (28, 0)):
        question = b"\x12\x34" + struct.pack("!HHHHH", 0x100, 1, 0, 0, 0) + b"\6ravine\0" + struct.pack("!HH", kind, 1)
        said = proxy.answer(question, ("127.0.0.1", "127.0.0.2"))
        assert said[:2] == question[:2]
        assert struct.unpack("!HHHHH", said[2:12])[2] == wanted
        assert said[12 : len(question)] == question[12:]
        assert said.count(socket.inet_aton("127.0.0.2")) == wanted // 2


def test_the_proxy_s_configuration_has_all_its_values_and_lets_an_address_decide_nothing() -> None:
    values = {"NGINX_LOCAL_RESOLVERS": "1.1.1.1", "RAVINE_LISTEN": "8080", "RAVINE_UPSTREAM": "ravine:8501"}
    text = proxy.configuration(values)
    assert "${" not in text
    assert all(value in text for value in values.values())
    rules = [line for line in text.splitlines() if not line.strip().startswith("#")]
    assert not any(
        word in " ".join(rules) for word in ("remote_addr", "ip_hash", "limit_req", "limit_conn", "X-Forwarded-For")
    )
    assert "proxy_set_header Host $http_host;" in text


def test_what_is_not_understood_of_a_manifest_is_named() -> None:
    given = {"a": {"b": [1, {"c": 2}]}, "d": 3}
    assert manifests.lost(given, given) == []
    assert manifests.lost(given, {"a": {"b": [1, {}]}, "d": 3}) == [".a.b[1].c"]
    assert manifests.lost(given, {"a": {"b": [1]}, "d": 4}) == [".a.b", ".d"]
