"""Helpers for settings: a folder with files, and what is said about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from worker.app.problems import ConfigError
from worker.app.settings import Settings, load_settings

TOKEN = {"GITHUB_TOKEN": "not-a-real-token", "HOME": "/home/somebody"}

Load = Callable[..., Settings]
Refuse = Callable[..., list[str]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load settings from files given as `followthrough=`, `policy=`, `people=`, and an environment."""

    def loading(env: Mapping[str, str] | None = None, **files: str) -> Settings:
        for name, text in files.items():
            (tmp_path / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
        return load_settings(tmp_path, TOKEN if env is None else env)

    return loading


@pytest.fixture
def refuse(load: Load, tmp_path: Path) -> Refuse:
    """The lines with which such settings are refused, without the folder's name."""

    def refusing(env: Mapping[str, str] | None = None, **files: str) -> list[str]:
        with pytest.raises(ConfigError) as caught:
            load(env, **files)
        return str(caught.value).replace(f"{tmp_path}/", "").splitlines()

    return refusing
