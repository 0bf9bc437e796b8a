"""What a fresh clone leans on: declared libraries, lock files, and an environment from `python3` alone."""

from __future__ import annotations

import ast
import hashlib
import http.server
import importlib.util
import re
import sys
import threading
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", ".ci/image.lock")


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str) -> dict[str, str]:
    """Each package of a lock file with its whole entry: version, condition, hashes."""
    text = (ROOT / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    return {plain(re.split(r"\[|==", entry)[0]): entry for entry in entries}


def project() -> dict[str, list[str]]:
    """The declared dependencies: the base under "", each extra under its name."""
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": table["dependencies"], **table["optional-dependencies"]}


def names(requirements: list[str]) -> set[str]:
    found = {plain(re.split(r"[\[<>=;~! ]", requirement)[0]) for requirement in requirements}
    return found - {"followthrough"}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_file_names_no_package_index(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert re.findall(r"://|--(?:extra-)?index|--find-links|--trusted-host| @ ", text) == []


@pytest.mark.parametrize("lock", LOCKS)
def test_each_locked_package_has_a_version_and_hashes(lock: str) -> None:
    wrong = [
        name
        for name, entry in locked(lock).items()
        if not re.search(r"==\S+.*--hash=sha256:[0-9a-f]{64}", entry, re.DOTALL)
    ]
    assert wrong == []


def test_all_that_is_declared_is_locked() -> None:
    declared = set().union(*(names(listed) for listed in project().values()))
    assert declared - locked("requirements.lock").keys() == set()


def test_the_image_is_made_of_what_was_tested() -> None:
    tested, image = locked("requirements.lock"), locked(".ci/image.lock")
    assert {name: entry for name, entry in image.items() if tested.get(name) != entry} == {}
    assert names(project()[""]) <= image.keys()
    assert "pytest" not in image


def test_each_library_that_the_product_imports_is_declared() -> None:
    known = packages_distributions()
    declared = names(project()[""])
    undeclared = set()
    for file in sorted((ROOT / "worker").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level and node.module:
                modules = [node.module]
            for module in {module.split(".")[0] for module in modules} - sys.stdlib_module_names - {"worker"}:
                if not {plain(dist) for dist in known.get(module, [module])} & declared:
                    undeclared.add(f"{module} in {file.relative_to(ROOT)}")
    # pydantic-core is pinned by pydantic itself.
    assert {entry for entry in undeclared if not entry.startswith("pydantic_core ")} == set()


@pytest.fixture
def script() -> ModuleType:
    """`.ci/venv.py` as a module."""
    spec = importlib.util.spec_from_file_location("venv_script", ROOT / ".ci" / "venv.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def index(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A package index on this machine: its folder and its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object) -> None:
            super().__init__(*args, directory=str(tmp_path))  # type: ignore[arg-type]  # handed on as they came

        def log_message(self, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        (tmp_path / "simple" / "pip").mkdir(parents=True)
        yield tmp_path / "simple" / "pip", f"http://user:word@127.0.0.1:{server.server_address[1]}/simple"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("genuine", "taken"),
    [pytest.param(True, True, id="the locked one"), pytest.param(False, False, id="never one with another hash")],
)
def test_pip_is_fetched_from_a_configured_index(
    script: ModuleType,
    index: tuple[Path, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    genuine: bool,
    taken: bool,
) -> None:
    folder, url = index
    wheel = b"a wheel"
    digest = hashlib.sha256(wheel if genuine else b"another wheel").hexdigest()
    monkeypatch.setattr(script, "LOCK", tmp_path / "lock")
    script.LOCK.write_text(f"pip==99.1 \\\n    --hash=sha256:{'0' * 64} \\\n    --hash=sha256:{digest}\nplain==1\n")
    (folder / "pip-99.1-py3-none-any.whl").write_bytes(wheel)
    (folder / "index.html").write_text(
        '<a href="pip-98-py3-none-any.whl">a</a><a href="pip-99.1-py3-none-any.whl#x">b</a>'
    )
    monkeypatch.setenv("PIP_INDEX_URL", url)
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    found = script.wheels_from_index(tmp_path)
    assert [Path(path).read_bytes() for path in found] == ([wheel] if taken else [])


def test_pips_own_files_are_read_where_the_environment_is_silent(
    script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://packages.example.org/simple\nextra-index-url =\n  https://a\n  https://b\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    monkeypatch.delenv("PIP_EXTRA_INDEX_URL", raising=False)
    assert script.pip_setting("index-url") == ["https://packages.example.org/simple"]
    assert script.pip_setting("extra-index-url") == ["https://a", "https://b"]


def test_the_lock_vouches_for_pip_too(script: ModuleType) -> None:
    version, hashes = script.locked_pip()
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?", version)
    assert len(hashes) >= 1
