"""The root of a server whose kernel and Docker this host does not have: its files, and recorded stand-ins.

The host's own /usr is mounted into it, read-only, in a mount namespace of each run; what a script asks of
kernel, apt, upstart, systemd and Docker is answered by the stand-ins, which write down every call.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from components.remote.script_source import script_source

# Answers as Docker does, 1.5 or later by /state/engine, out of one folder of images for each storage driver.
_DOCKER = """\
images=/state/images-$(cat /state/driver)
[ ! -e /state/down ] || { echo "Cannot connect to the Docker daemon" >&2; exit 1; }
case $1 in
info)
  printf 'Containers: 0\\nStorage Driver: %s\\n Root Dir: /var/lib/docker\\n' "$(cat /state/driver)"
  case $(cat /state/engine) in 1.5*) ;; *) echo " Server Version: $(cat /state/engine)" ;; esac
  ;;
version) printf 'Client version: 1.5.0\\nServer version: %s\\n' "$(cat /state/engine)" ;;
ps) cat /state/containers 2>/dev/null || true ;;
images)
  case $* in
  *--format*) sed 's/ [0-9]*$//' "$images" 2>/dev/null || true ;;
  *) echo 'REPOSITORY TAG IMAGE ID'; sed 's/ [0-9]*$/ 2 weeks ago 1 MB/' "$images" 2>/dev/null || true ;;
  esac ;;
inspect)
  shift; format=$2; shift 2
  for name; do
    found=$(awk -v name="$name" '$1 ":" $2 == name || $3 == name { print $3, $4; exit }' "$images")
    [ -n "$found" ] || exit 1
    case $format in *Size*) echo "${found#* }" ;; *) echo "${found% *}" ;; esac
  done ;;
save) cp "$images" "${2#--output=}" ;;
load) sed "$(cat /state/spoil 2>/dev/null)" "${2#--input=}" >>"$images" ;;
esac
"""

# A restart takes the options out of the job, as upstart does; a driver in /state/broken does not come up.
_RESTART = """\
wanted=$(sed -n 's/.*--storage-driver=\\([a-z0-9]*\\).*/\\1/p' /etc/init/docker.conf)
echo "${wanted:-devicemapper}" >/state/driver
rm -f /state/down
if grep -qsx "${wanted:-devicemapper}" /state/broken; then touch /state/down; exit 1; fi
"""

_MODPROBE = """\
for module; do :; done
grep -qsx "$module" /state/modules || exit 1
case $* in *--dry-run*) ;; *) echo "nodev	$module" >>/proc/filesystems ;; esac
"""

_APT_GET = """\
case $* in *install*) [ ! -e /state/apt-fails ] || exit 100; echo aufs >>/state/modules ;; esac
"""

STAND_INS = {
    "docker": _DOCKER,
    "service": _RESTART,
    "modprobe": _MODPROBE,
    "apt-get": _APT_GET,
    "apt-cache": 'grep -qsx "$2" /state/packages',
    "uname": "cat /state/kernel",
    "hostname": "echo trusty1",
    "stat": "cat /state/filesystem",
    "xfs_info": 'echo "naming =version 2 bsize=4096 ascii-ci=0 ftype=$(cat /state/ftype)"',
}


@dataclass(frozen=True)
class ServerRoot:
    """A root file system, and the answers of its stand-ins under /state."""

    folder: Path

    def write(self, path: str, text: str) -> None:
        file = self.folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def read(self, path: str) -> str:
        return (self.folder / path.lstrip("/")).read_text()

    def exists(self, path: str) -> bool:
        return (self.folder / path.lstrip("/")).exists()

    def set_answers(self, **answers: str) -> None:
        """Set answers: engine, driver, kernel, filesystem, packages, modules, containers, ..."""
        for name, text in answers.items():
            self.write(f"/state/{name}", f"{text}\n")

    @property
    def calls(self) -> list[str]:
        """Every call of a stand-in so far, in order."""
        return self.read("/state/calls").splitlines()

    def run(self, script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a script of components/scripts as it is run on a server."""
        self.write("/state/calls", "")
        inside = (
            'set -e; cd "$1"; shift; mount --bind -o ro /usr usr; mount --rbind /dev dev; exec chroot . '
            'env -i PATH=/stand-in:/usr/sbin:/usr/bin LC_ALL=C bash -s -- "$@"'
        )
        unshared = ["unshare", "--mount", "--propagation", "private"]
        return subprocess.run(
            [*unshared, "bash", "-c", inside, "-", str(self.folder), *arguments],
            input=script_source(script), text=True, capture_output=True, check=False, timeout=60,
        )  # fmt: skip


def server_root(folder: Path) -> ServerRoot:
    """Lay out a root with stand-ins and no system of its own yet."""
    root = ServerRoot(folder)
    for name in ("usr", "dev", "tmp", "var/lib/docker", "proc", "run", "state", "stand-in"):
        (folder / name).mkdir(parents=True)
    for name in ("bin", "lib", "lib64", "sbin"):
        (folder / name).symlink_to(f"usr/{name}")
    for name, body in STAND_INS.items():
        record = f'echo "{name}${{*:+ $*}}" >>/state/calls'
        root.write(f"/stand-in/{name}", f"#!/usr/bin/env bash\n{record}\n{body}\n")
        (folder / "stand-in" / name).chmod(0o755)
    awk = shutil.which("awk")
    assert awk is not None
    # The host's own leads over /etc/alternatives, which this root has not.
    (folder / "stand-in" / "awk").symlink_to(Path(awk).resolve())
    root.write("/proc/filesystems", "nodev\tproc\n\text4\n")
    root.set_answers(filesystem="ext2/ext3")
    return root
