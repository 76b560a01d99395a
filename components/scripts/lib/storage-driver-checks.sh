#!/usr/bin/env bash
# Whether a storage driver can work here. Reads only, changes nothing. After docker-says.sh.

release_is() { grep -qsE "^$1=\"?$2\"?\$" /etc/os-release; }

kernel_has() { grep -qw "$1" /proc/filesystems || modprobe --dry-run --quiet "$1" 2>/dev/null; }

# Prints the package with the running kernel's further modules, where apt offers one.
kernel_extra() {
  local package
  release_is ID ubuntu || return 1
  apt-get -qq update </dev/null >&2 || true
  for package in "linux-image-extra-$(uname -r)" "linux-modules-extra-$(uname -r)"; do
    if apt-cache show "$package" >/dev/null 2>&1; then
      printf '%s\n' "$package"
      return
    fi
  done
  return 1
}

# overlay2 needs several lower folders: Linux 4.0, and RHEL's 3.10.0 from build 514 on.
kernel_stacks_overlays() {
  local kernel
  kernel=$(uname -r)
  case $kernel in
  3.10.0-*.el7*) ! older "${kernel#3.10.0-}" 514 ;;
  *) ! older "$kernel" 4.0 ;;
  esac
}

xfs_has_ftype() { xfs_info "$(df -P "$1" | awk 'END { print $6 }')" 2>/dev/null | grep 'ftype=1' >/dev/null; }

# Prints why a driver cannot work on this engine, kernel and file system; nothing where it can.
# Arguments: DRIVER ENGINE-VERSION DOCKER-ROOT
obstacle() {
  local engine=$2 root=$3
  case $1 in
  overlay2) overlay2_obstacle "$engine" "$root" ;;
  aufs) aufs_obstacle "$engine" "$root" ;;
  devicemapper)
    if ! older "$engine" 25.0; then
      echo "Docker $engine has no devicemapper, which 25.0 removed"
    elif [ ! -d /sys/module/dm_thin_pool ] && ! modprobe --dry-run --quiet dm_thin_pool 2>/dev/null; then
      echo "kernel $(uname -r) has no device mapper with thin pools"
    fi
    ;;
  fuse-overlayfs) command -v fuse-overlayfs >/dev/null || echo "the program fuse-overlayfs is not installed" ;;
  vfs) ;;
  *) echo "there is no such driver" ;;
  esac
}

overlay2_obstacle() {
  local engine=$1 root=$2 type
  type=$(stat --file-system --format %T "$root")
  if older "$engine" 1.12; then
    echo "Docker $engine has no overlay2, which came with 1.12"
  elif ! kernel_stacks_overlays; then
    echo "kernel $(uname -r) is too old; overlay2 needs 4.0, on RHEL and CentOS 3.10.0-514"
  elif ! kernel_has overlay; then
    echo "kernel $(uname -r) has no overlay file system"
  elif [ "$type" = xfs ] && ! xfs_has_ftype "$root"; then
    echo "the xfs under $root has no ftype=1, as xfs_info must show it"
  else
    case $type in
    nfs | overlayfs | ecryptfs | zfs | aufs) echo "$root lies on $type, on which overlay2 does not work" ;;
    esac
  fi
}

aufs_obstacle() {
  local engine=$1 root=$2 type
  type=$(stat --file-system --format %T "$root")
  if ! older "$engine" 24.0; then
    echo "Docker $engine has no aufs, which 24.0 removed"
  elif ! kernel_has aufs && ! kernel_extra >/dev/null; then
    echo "kernel $(uname -r) has no aufs, and no package linux-image-extra-$(uname -r) is offered"
  else
    case $type in
    btrfs | ecryptfs | aufs) echo "$root lies on $type, on which aufs does not work" ;;
    esac
  fi
}

# Prints the best driver other than DRIVER that works here. Arguments as of obstacle.
alternative() {
  local candidate
  for candidate in overlay2 aufs devicemapper; do
    if [ "$candidate" != "$1" ] && [ -z "$(obstacle "$candidate" "$2" "$3")" ]; then
      printf '%s\n' "$candidate"
      return
    fi
  done
}
