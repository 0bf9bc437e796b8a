"""`followthrough run` starts its children from this very program, and is itself light."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from worker.cli.run import GAPS_ASKED, ROLES, _child


def test_a_child_runs_this_program_whatever_the_path_and_the_folder_hold(tmp_path: Path) -> None:
    (tmp_path / "worker").mkdir()
    (tmp_path / "worker" / "__init__.py").write_text("raise SystemExit('another worker')\n")
    child = _child("worker", ("--help",), {"REDIS_URL": "redis://127.0.0.1:1"})
    assert child.argv[0] == sys.executable
    env = {**os.environ, **child.env, "PATH": str(tmp_path)}
    done = subprocess.run(child.argv, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "followthrough worker" in done.stdout


def test_the_parent_of_the_tree_loads_none_of_what_its_roles_need() -> None:
    heavy = "{'github', 'jira', 'dramatiq', 'icalendar', 'jinja2', 'starlette', 'rapidfuzz', 'worker.app.wiring'}"
    code = f"import sys, worker.cli.run; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_one_role_asks_what_the_trackers_lack_and_the_others_do_not() -> None:
    asking = [role for role in ROLES if GAPS_ASKED not in _child(role, ("--config", "somewhere"), {}).argv]
    assert asking == ["clock"]
