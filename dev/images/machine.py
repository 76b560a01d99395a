"""The image of a virtual server: Debian with systemd, sshd and Docker, as a hoster would hand it over."""

from pathlib import Path

from dev.images.bootstrap import Recipe, bootstrap
from dev.images.cache import cache_folder, made_once

# What cannot work, or has nothing to do, in a machine that shares its kernel: it would only leave systemd
# "degraded" or make booting slower.
_MASKED = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "console-getty.service",
    "dev-hugepages.mount",
    "dev-mqueue.mount",
    "dpkg-db-backup.timer",
    "e2scrub_all.timer",
    "e2scrub_reap.service",
    "fstrim.timer",
    "getty.target",
    "getty-static.service",
    "kmod-static-nodes.service",
    "sys-fs-fuse-connections.mount",
    "sys-kernel-config.mount",
    "sys-kernel-debug.mount",
    "sys-kernel-tracing.mount",
    "systemd-binfmt.service",
    "systemd-logind.service",
    "systemd-modules-load.service",
    "systemd-networkd.service",
    "systemd-networkd.socket",
    "systemd-remount-fs.service",
    "systemd-sysctl.service",
    "systemd-tmpfiles-clean.timer",
    "systemd-timesyncd.service",
    "systemd-udevd.service",
    "systemd-udev-trigger.service",
    "systemd-update-utmp.service",
    "systemd-journal-flush.service",
)

# The resolver and the second address are per machine; the cloud puts them under /etc/softlayer.
_NETWORK_UNIT = """\
[Unit]
Description=Addresses and resolver of this server
DefaultDependencies=no
Before=network-pre.target ssh.service docker.service
Wants=network-pre.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -e /etc/softlayer/network.sh

[Install]
WantedBy=sysinit.target
"""

_SSH_DROP_IN = """\
[Service]
# Host keys belong to one machine: the image has none.
ExecStartPre=
ExecStartPre=/usr/bin/ssh-keygen -A
ExecStartPre=/usr/sbin/sshd -t
"""

# With the cgroupfs driver, containers would lie beside the machine's own control group, outside its limits.
_DOCKER_DROP_IN = """\
[Service]
ExecStart=
ExecStart=/usr/sbin/dockerd -H fd:// --containerd=/run/containerd/containerd.sock \
 --exec-opt native.cgroupdriver=systemd
"""

# What it leaves out is as on any server of SoftLayer, `MaxStartups 10:30:100` for one.
_SSHD_CONFIG = """\
PermitRootLogin prohibit-password
PasswordAuthentication no
UseDNS no
"""

RECIPE = Recipe(
    name="machine",
    release="bookworm",
    variant="minbase",
    packages=(
        "ca-certificates",
        "curl",
        "dbus",
        "docker.io",
        "haproxy",
        "iproute2",
        "iptables",
        "openssh-server",
        "procps",
        "socat",
        "systemd",
        "systemd-sysv",
    ),
    excluded=(
        "/usr/share/doc/*",
        "/usr/share/info/*",
        "/usr/share/locale/*",
        "/usr/share/man/*",
        "/usr/bin/containerd-shim",
        "/usr/bin/containerd-shim-runc-v1",
        "/usr/bin/ctr",
        "/usr/bin/dnet",
        "/usr/sbin/ovrouter",
        "/usr/lib/*/perl/*/CORE/*",
    ),
    files=(
        ("/etc/systemd/system/softlayer-network.service", _NETWORK_UNIT),
        ("/etc/systemd/system/ssh.service.d/host-keys.conf", _SSH_DROP_IN),
        ("/etc/systemd/system/docker.service.d/cgroups.conf", _DOCKER_DROP_IN),
        ("/etc/systemd/journald.conf.d/small.conf", "[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n"),
        ("/etc/ssh/sshd_config.d/softlayer.conf", _SSHD_CONFIG),
    ),
    commands=(
        "rm -f /etc/ssh/ssh_host_*",
        ": > /etc/machine-id",
        "rm -f /var/lib/dbus/machine-id",
        f"systemctl mask {' '.join(_MASKED)}",
        "systemctl enable softlayer-network.service ssh.service docker.service containerd.service",
        # Installed for the registry's doors, which have a unit of their own.
        "systemctl disable haproxy.service",
        "systemctl set-default multi-user.target",
        "passwd -l root",
        "mkdir -p -m 700 /root/.ssh",
        "mkdir -p /etc/softlayer /etc/docker",
    ),
)


def machine_image() -> Path:
    """Return the root file system's tar, made first where the cache has none.

    Raises:
        ImageError: The image could not be made.
    """
    return made_once(machine_image_path(), lambda work, target: bootstrap(RECIPE, work, target))


def machine_image_path() -> Path:
    """Return where the tar is, or will be."""
    return cache_folder() / f"machine-{RECIPE.key()}.tar"
