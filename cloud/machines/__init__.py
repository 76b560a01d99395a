"""Real machines: containers with systemd, sshd and Docker, on one bridge a datacenter and real disks."""
