"""What the Dockerfile says, done without an engine: each stage is an overlay above this machine's own files.

That stands for the base image, so the Python is this machine's and not the one that the Dockerfile names. All else is
as it says: the same commands in the same order, the same files copied, the same user, folders, environment and exit.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import NamedTuple

import pip

from tests.conftest import missing_component

# In an official image of Python it is /usr/local/bin; a folder of its own keeps this machine's apart.
BASE = "/usr/local/base"


class Instruction(NamedTuple):
    """One of a Dockerfile: RUN, COPY... and what follows it."""

    name: str
    rest: str


def instructions(text: str) -> Iterator[Instruction]:
    """Without comments; a line that goes on is joined with the next."""
    lines = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    for line in re.sub(r"\\\n", " ", lines).splitlines():
        if line.strip():
            yield Instruction(*line.strip().split(None, 1))


def command(rest: str) -> list[str]:
    """Of RUN, CMD, ENTRYPOINT: a list as it stands, or else words for the shell."""
    return [str(word) for word in json.loads(rest)] if rest.startswith("[") else ["/bin/sh", "-c", rest]


def context(root: Path, folder: Path) -> None:
    """Copy what of the project the engine would be sent: by .dockerignore nothing but what begins with `!`."""
    everything, *rest = [line for line in (root / ".dockerignore").read_text().split("\n") if line and line[0] != "#"]
    assert everything == "*"
    ignored = shutil.ignore_patterns(*[line.removeprefix("**/") for line in rest if line[0] != "!"])
    for pattern in [line[1:] for line in rest if line[0] == "!"]:
        for source in root.glob(pattern):
            target = folder / source.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, ignore=ignored)
            else:
                shutil.copy(source, target)


class Layers:
    """Folders laid over this machine's, mounted below one folder until `unmount`."""

    def __init__(self, folder: Path) -> None:
        """Makes the base: a Python with pip that every user can reach."""
        self._folder = folder
        self._mounted: list[Path] = []
        self._numbers = 0
        base = self.above("/")
        python = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
        for parent in list(python.parents)[:-1]:
            inside = base / str(parent).lstrip("/")
            inside.chmod(inside.stat().st_mode | 0o055)
        run(base, [str(python), "-m", "venv", "--without-pip", BASE])
        # The one that installed the tests' own packages is compiled already; to unpack another takes seconds.
        [packages] = (base / BASE.lstrip("/")).glob("lib/python*/site-packages")
        shutil.copytree(Path(pip.__file__).parent, packages / "pip")
        self._base = self._upper

    def stage(self) -> Path:
        """The root of a new stage."""
        return self.above(f"{self._base}:/")

    def above(self, lower: str) -> Path:
        self._numbers += 1
        self._upper, work, root = (self._folder / f"{self._numbers}-{name}" for name in ("upper", "work", "root"))
        for folder in (self._upper, work, root):
            folder.mkdir(mode=0o755)
        self.mount("-t", "overlay", "overlay", "-o", f"lowerdir={lower},upperdir={self._upper},workdir={work}", to=root)
        for name in ("proc", "dev"):
            self.mount("--bind", f"/{name}", to=root / name)
        return root

    def mount(self, *how: str, to: Path) -> None:
        mounted = subprocess.run(["mount", *how, str(to)], capture_output=True, check=False, text=True)
        if mounted.returncode:
            self.unmount()
            missing_component(f"the right to mount ({mounted.stderr.strip()})", "run the tests as root")
        self._mounted.append(to)

    def unmount(self) -> None:
        while self._mounted:
            subprocess.run(["umount", "-l", str(self._mounted.pop())], check=True)


def entered(root: Path, arguments: Sequence[str], env: Mapping[str, str], folder: str, user: int) -> list[str]:
    """The command that runs `arguments` in there as the engine would, with no other environment and no capability."""
    variables = [f"{name}={value}" for name, value in env.items()]
    become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    if user:
        become += ["--no-new-privs", "--bounding-set=-all", "--inh-caps=-all"]
    return ["chroot", str(root), *become, "env", "-i", "-C", folder, *variables, *arguments]


def run(root: Path, arguments: Sequence[str], env: Mapping[str, str] | None = None, folder: str = "/") -> None:
    """One RUN, to its end and as root."""
    done = subprocess.run(
        entered(root, arguments, env or {"PATH": os.environ["PATH"]}, folder, 0),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(arguments)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


class Image:
    """What a Dockerfile makes.

    Attributes:
        root: of the last stage's files.
        env, folder, user: of what is run in it.
        said: the other instructions of the last stage, by name.
    """

    def __init__(self, text: str, files: Path, layers: Layers) -> None:
        """Do what it says, with the files that the engine would be sent."""
        stages: dict[str, Path] = {}
        self._files = files
        self.root, self.user, self.folder = Path(), 0, "/"
        self.env: dict[str, str] = {}
        self.said: dict[str, str] = {}
        for name, rest in instructions(text):
            match name:
                case "FROM":
                    self._begin(layers.stage())
                    stages[rest.partition(" AS ")[2]] = self.root
                case "ENV":
                    self.env |= dict(
                        word.split("=", 1) for word in shlex.split(Template(rest).safe_substitute(self.env))
                    )
                case "WORKDIR":
                    self.folder = rest
                    self._inside(rest).mkdir(parents=True, exist_ok=True)
                case "COPY":
                    self._copy(stages, shlex.split(rest))
                case "RUN":
                    run(self.root, command(rest), self.env, self.folder)
                case "USER":
                    self.user = int(rest)
                case _ if stages:
                    self.said[name] = rest

    def _begin(self, root: Path) -> None:
        self.root, self.user, self.folder = root, 0, "/"
        self.said = {}
        self.env = {"PATH": f"{BASE}/bin:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin", "HOME": "/root"}

    def _inside(self, path: str) -> Path:
        return self.root / os.path.join("/", self.folder, path).lstrip("/")  # noqa: PTH118 an absolute path wins

    def _copy(self, stages: Mapping[str, Path], words: Sequence[str]) -> None:
        options = [word for word in words if word.startswith("--")]
        *sources, target = words[len(options) :]
        origin = stages[options[0].removeprefix("--from=")] if options else self._files
        for source in [origin / word.lstrip("/") for word in sources]:
            if source.is_dir():
                shutil.copytree(source, self._inside(target), symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy(source, self._inside(target))
