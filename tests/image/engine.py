"""A container engine, Docker's where one answers and else podman, and a stand-in for the base image where there is none.

On a bare Debian machine podman needs telling: its own defaults want systemd, and drop what only Docker's format holds.
"""

import json
import shutil
import subprocess
import tempfile
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
BASE = "python:3.11-slim"
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
# Where pip looks for its settings, and a build step too, if the machine has some.
PIP_FILES = ("/etc/pip.conf", "/etc/xdg/pip")
LIMITS = ("--ulimit", "nofile=8192:8192", "--ulimit", "nproc=8192:8192")


@dataclass(frozen=True)
class Engine:
    """A command that runs containers, and what it is told besides when it builds and when it runs one."""

    command: tuple[str, ...]
    build_more: tuple[str, ...] = ()
    run_more: tuple[str, ...] = ()

    def __call__(self, *words: str, check: bool = True) -> str:
        """What the engine says; RuntimeError with what it complains of."""
        done = subprocess.run([*self.command, *words], capture_output=True, text=True, cwd=ROOT)
        if check and done.returncode:
            raise RuntimeError(f"{' '.join([*self.command, *words])}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
        return done.stdout.strip()

    def has(self, image: str) -> bool:
        return bool(self("images", "--quiet", image, check=False))

    def inspect(self, what: str) -> dict[str, Any]:
        return json.loads(self("inspect", what))[0]


def folders(text: str) -> list[str]:
    """The folders that pip's settings name as file:// addresses or as paths."""
    words = [word.removeprefix("file://") for word in text.replace("=", " ").split()]
    return sorted({word for word in words if word.startswith("/") and Path(word).is_dir()})


def mounts() -> list[str]:
    """What the build steps see of this machine: its certificates, and pip's settings with the folders that they name."""
    seen = {path: path for path in map(Path, PIP_FILES) if path.exists()}
    own = Path.home() / ".config" / "pip"
    seen |= {own: Path("/root/.config/pip")} if own.exists() else {}
    files = [file for path in seen for file in (path.iterdir() if path.is_dir() else [path])]
    named = folders(" ".join(file.read_text() for file in files))
    # An index's pages link to files beside them.
    beside = [str(Path(folder).parent / "files") for folder in named if Path(folder).name == "simple"]
    seen |= {path: path for path in map(Path, [str(CERTIFICATES), *named, *beside]) if path.exists()}
    return [word for here, there in seen.items() for word in ("--volume", f"{here}:{there}:ro")]


def find(store: Path) -> Engine:
    """Docker where its engine answers, else podman with a store of its own; RuntimeError where there is neither."""
    if shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True).returncode == 0:
        return Engine(("docker",), run_more=LIMITS)
    if not shutil.which("podman"):
        raise RuntimeError(
            "Neither Docker's engine nor podman is here (Debian: apt-get install podman runc netavark aardvark-dns)."
        )
    own = (
        "podman",
        "--runtime",
        "runc",
        "--cgroup-manager",
        "cgroupfs",
        "--root",
        f"{store}/root",
        "--runroot",
        f"{store}/run",
    )
    for driver in ("overlay", "vfs"):
        command = (*own, "--storage-driver", driver)
        if subprocess.run([*command, "info"], capture_output=True).returncode == 0:
            more = ("--format", "docker", "--isolation", "chroot", "--pull=never", "--network", "host", *LIMITS)
            return Engine(command, (*more, *mounts()), LIMITS)
    raise RuntimeError("podman has no storage here that works.")


def mirror() -> str:
    """Where this machine has Debian's packages from."""
    sources = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    words = " ".join(path.read_text() for path in sources if path.is_file()).split()
    return next(word for word in words if word.startswith("http") and word.rstrip("/").endswith("/debian"))


def see_to_base(engine: Engine, store: Path) -> str:
    """See to it that there is a base image; say what it is."""
    if engine.has(BASE) and not (store / "stand-in").exists():
        return "as it is published"
    if engine.has(BASE):
        return "a stand-in made of Debian 12 by debootstrap"
    try:
        engine("pull", BASE)
    except RuntimeError:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "root"
            packages = "--include=python3,python3-pip,ca-certificates"
            subprocess.run(
                ["debootstrap", "--variant=minbase", packages, "bookworm", root, mirror()],
                check=True,
                stdout=subprocess.DEVNULL,
            )
            for waste in ("var/cache/apt", "var/lib/apt/lists", "usr/share/doc", "usr/share/man", "usr/share/locale"):
                shutil.rmtree(root / waste)
            (root / "usr/bin/python").symlink_to("python3")
            archive = Path(folder) / "root.tar"
            subprocess.run(["tar", "-C", root, "-cf", archive, "."], check=True)
            path = "ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
            engine("import", "--change", path, str(archive), f"docker.io/library/{BASE}")
        (store / "stand-in").touch()
        return "a stand-in made of Debian 12 by debootstrap"
    return "as it is published"


def fetch(address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of an answer; what cannot be had raises OSError."""
    request = urllib.request.Request(
        address, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.status, {name.lower(): value for name, value in answer.headers.items()}, answer.read()
