"""Write requirements.lock (all that tests and demo need) and .ci/image.lock (what the container image needs).

    make lock

Both name exact versions with hashes and no package index. Where pip is configured for another index, uv is told so;
that changes where files are looked up, never what the lock files say.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv>=0.13,<0.14"
COMMON = [
    *("pyproject.toml", "--universal", "--python-version", "3.11", "--generate-hashes"),
    *("--no-strip-extras", "--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"),
]
# What would tell where the files were looked up.
FORBIDDEN = ("://", "--index", "--extra-index", "--find-links", "--trusted-host", " @ ")


def configured(name):
    """One of pip's settings, as words."""
    command = [sys.executable, "-m", "pip", "config", "get", name]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return done.stdout.decode().split()


def environment():
    """Our own environment, with pip's index told to uv, which does not read pip's settings."""
    env = dict(os.environ)
    index = os.environ.get("PIP_INDEX_URL", "").split() or configured("global.index-url")
    if index:
        env.setdefault("UV_DEFAULT_INDEX", index[0])
    return env


def compile_lock(target, *more):
    """Write one lock file; nothing is written where it would name an index."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "lock"
        known = ROOT / target
        if known.exists() and "--upgrade" not in sys.argv:
            out.write_bytes(known.read_bytes())  # uv keeps the versions that it finds there
        command = [sys.executable, "-m", "uv", "pip", "compile", *COMMON, *more, "--output-file", str(out)]
        if "--upgrade" in sys.argv:
            command.append("--upgrade")
        subprocess.run(command, check=True, cwd=str(ROOT), env=environment())
        text = out.read_text()
    for word in FORBIDDEN:
        if word in text:
            sys.exit("lock: %s would contain %r; nothing was written" % (target, word))
    known.write_text(text)
    print("lock: %s, %d packages" % (target, text.count("==")))


def main():
    subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", UV], check=True)
    compile_lock("requirements.lock", "--all-extras")
    # The image's versions are those that were tested.
    compile_lock(".ci/image.lock", "--extra", "embedded", "--extra", "build", "--constraints", "requirements.lock")


if __name__ == "__main__":
    main()
