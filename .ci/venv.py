"""Make or refresh the virtual environment that `make` works in, from `python3` alone.

    python3 .ci/venv.py .venv

Standard library only, and old syntax on purpose: it must start on whatever `python3` is, to say what is wanted.
Everything that gets installed is named and hashed in requirements.lock. What differs between machines is only how pip
gets into the environment, so several ways are tried in turn: the standard library's ensurepip; the machine's own pip;
uv; a pip wheel on the disk; the package index that the environment or pip.conf names; Debian's archive.
"""

import base64
import configparser
import glob
import hashlib
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements.lock"
OLDEST = (3, 11)
# Newer ones lack wheels of some dependencies; they are used only where nothing else is there.
PREFERRED = ("3.11", "3.12", "3.13")


def say(text):
    print("venv: " + text, file=sys.stderr, flush=True)


def run(*command, **more):
    subprocess.run([str(part) for part in command], check=True, **more)


def works(*command):
    """Whether the command can be started and ends well; says nothing."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return False
    return done.returncode == 0


def choose_python():
    """The interpreter to build on: this one where it is new enough, else the first better one on the PATH."""
    here = "%d.%d" % sys.version_info[:2]
    if here in PREFERRED:
        return sys.executable
    for version in PREFERRED:
        found = shutil.which("python" + version)
        if found and works(found, "-c", "import venv"):
            say("python3 is %s here; using %s" % (here, found))
            return found
    if sys.version_info[:2] >= OLDEST:
        return sys.executable
    sys.exit(
        "venv: Python 3.11 or newer is needed, but python3 is %s. Install one, or call: make PYTHON=/path/to/python3.11"
        % here
    )


def locked_pip():
    """The version of pip that requirements.lock names, and the sha256 of its files."""
    block = re.search(r"^pip==(\S+)((?:.*\\\n)*.*)", LOCK.read_text(), re.MULTILINE)
    return (block.group(1), set(re.findall(r"sha256:([0-9a-f]{64})", block.group(2)))) if block else ("", set())


def pip_setting(name):
    """One of pip's settings, as words: from PIP_<NAME>, else from the configuration files that pip itself reads."""
    value = os.environ.get("PIP_" + name.upper().replace("-", "_"))
    if value is not None:
        return value.split()
    home = Path.home()
    files = [
        "/etc/pip.conf",
        home / ".pip" / "pip.conf",
        Path(os.environ.get("XDG_CONFIG_HOME", str(home / ".config"))) / "pip" / "pip.conf",
        os.environ.get("PIP_CONFIG_FILE", os.devnull),
    ]
    parser = configparser.RawConfigParser()
    try:
        parser.read([str(f) for f in files], encoding="utf-8")
    except configparser.Error as err:
        say("pip's configuration can't be read (%s)" % err)
    for section in ("install", "global"):
        if parser.has_option(section, name):
            return parser.get(section, name).split()
    return []


def fetch(url):
    """The bytes behind a URL (https, http or file), and the URL after redirects."""
    parts = urlsplit(url)
    headers = {"Accept": "text/html"}
    if parts.scheme == "file" and Path(unquote(parts.path)).is_dir():
        url = url.rstrip("/") + "/index.html"
    elif parts.username:
        login = "%s:%s" % (unquote(parts.username), unquote(parts.password or ""))
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
        url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
    trust = pip_setting("cert")
    context = ssl.create_default_context(cafile=trust[0] if trust else None)
    with urlopen(Request(url, headers=headers), timeout=60, context=context) as answer:
        return answer.read(), answer.geturl()


def wheels_on_disk(_folder):
    """pip wheels that the system or the user keeps on this machine."""
    folders = ["/usr/share/python-wheels"]
    folders += [word.removeprefix("file://") for word in pip_setting("find-links")]
    return [w for folder in folders for w in sorted(glob.glob(folder + "/pip-*-py3-none-any.whl"), reverse=True)]


def wheels_from_index(folder):
    """The locked pip from a configured index, checked against its hash."""
    version, hashes = locked_pip()
    for index in pip_setting("index-url") + pip_setting("extra-index-url"):
        try:
            page, base = fetch(index.rstrip("/") + "/pip/")
            for link in re.findall(r'href="([^"#]+)', page.decode("utf-8", "replace")):
                if unquote(link).rpartition("/")[2] == "pip-%s-py3-none-any.whl" % version:
                    content, _ = fetch(urljoin(base, link.replace("&amp;", "&")))
                    if hashlib.sha256(content).hexdigest() in hashes:
                        wheel = Path(folder) / ("pip-%s-py3-none-any.whl" % version)
                        wheel.write_bytes(content)
                        return [wheel]
        except (OSError, ValueError) as err:
            say("%s gave no pip (%s)" % (urlsplit(index).hostname or index, err))
    return []


def wheels_from_debian(folder):
    """Debian's own pip wheel, fetched by apt without any right."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return []
    Path(folder, "lists", "partial").mkdir(parents=True)
    take = "apt-get $APT download python3-pip-whl && dpkg-deb -x *.deb ."
    # Where this machine's package lists are empty (containers), apt fills lists of its own, also without any right.
    own = "APT='-o Dir::State::lists=lists -o Dir::Cache=.'; apt-get $APT update && " + take
    if not works("sh", "-c", 'cd "$0" && { ' + take + " || { " + own + "; }; }", folder):
        return []
    return sorted(Path(folder).glob("usr/share/python-wheels/pip-*.whl"))


def put_pip_into(python):
    """Make `python -m pip` work inside the new environment, whatever this machine has."""
    version, _ = locked_pip()
    for outer in (sys.executable, "python3", "/usr/bin/python3"):
        if works(outer, "-m", "pip", "--python", python, "install", "--quiet", "pip==" + version if version else "pip"):
            return
    if shutil.which("uv") and works("uv", "pip", "install", "--quiet", "--python", python, "pip"):
        return
    with tempfile.TemporaryDirectory() as folder:
        for source in (wheels_on_disk, wheels_from_index, wheels_from_debian):
            for wheel in source(folder):
                # A wheel of pip is a program too: Python runs it straight from the zip.
                if works(python, str(wheel) + "/pip", "install", "--quiet", "--no-index", wheel):
                    return
    sys.exit(
        "venv: this Python has no ensurepip, and pip was found nowhere else. Do one of these, then repeat:\n"
        "  apt-get install python3-venv          (Debian, Ubuntu)\n"
        "  apt-get install python3-pip\n"
        "  export PIP_INDEX_URL=<your package index>"
    )


def usable(venv, base):
    """Whether the environment works, stands where it was made, and has the wanted version of Python."""
    made_for = venv / ".made-for"
    if made_for.exists() and made_for.read_text() != str(venv):
        return False  # copied: the programs in it still point to where it was
    version = subprocess.run([base, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"], stdout=subprocess.PIPE)
    check = "import pip, sys; assert '%d.%d' % sys.version_info[:2] == sys.argv[1]"
    return works(venv / "bin" / "python", "-c", check, version.stdout.decode().strip())


def create(venv, base):
    """An environment with pip in it, from a Python that may lack ensurepip."""
    say("making %s with %s" % (venv, base))
    if not (works(base, "-c", "import ensurepip") and works(base, "-m", "venv", "--clear", venv)):
        run(base, "-m", "venv", "--clear", "--without-pip", venv)
        put_pip_into(venv / "bin" / "python")


def main():
    # Not resolve(): `venv` itself is often a link, and bin/python always is.
    venv = Path(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else str(ROOT / ".venv")))
    python = venv / "bin" / "python"
    base = choose_python()
    os.environ.pop("PYTHONHOME", None)
    os.environ.pop("PYTHONPATH", None)
    os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
    if not usable(venv, base):
        create(venv, base)
    install = (python, "-m", "pip", "install", "--quiet", "--no-input")
    say("installing what requirements.lock names (the first time takes a minute)")
    run(*install, "--require-hashes", "-r", LOCK)
    run(*install, "--no-deps", "--no-build-isolation", "--editable", ROOT, cwd=str(ROOT))
    (venv / ".made-for").write_text(str(venv))


if __name__ == "__main__":
    try:
        main()
    except subprocess.CalledProcessError as err:
        sys.exit("venv: %s failed (exit code %d); its own words stand above" % (" ".join(err.cmd[:4]), err.returncode))
