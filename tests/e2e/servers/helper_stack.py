"""A stack of a registry and servers that only help, and a command by which a server gets another host key."""

SHAPE = {"datacenter": "dal05", "os": "DEBIAN_12_64", "cpus": 1, "memory": 1024}


REKEY = (
    "rm /etc/ssh/ssh_host_*; ssh-keygen -q -t ed25519 -N '' -f /etc/ssh/ssh_host_ed25519_key;"
    " systemctl restart ssh"
)
