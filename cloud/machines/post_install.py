"""Runs a server's post-install script, as the hoster would: once, as root, after the installation.

A script from an https address is run, one from any other is only downloaded (SLDN createObject). Where it is
kept and how long it may run are a choice.
"""

from docker.models.containers import Container

SCRIPT = "/root/post_install"
LOG = "/var/log/post_install.log"
_SECONDS = 600
# The log is there once the script has had its turn: a cloud that was killed meanwhile does not run it twice.
_COMMAND = f"""\
[ ! -e {LOG} ] || exit 0
: >{LOG}
curl --fail --silent --show-error --location --proto =http,https --proto-redir =http,https --max-time 120 \\
  --output {SCRIPT} -- "$1" >>{LOG} 2>&1 || exit 0
chmod 700 {SCRIPT}
case $1 in https://*) ;; *) exit 0 ;; esac
cd /root
HOME=/root timeout {_SECONDS} {SCRIPT} >>{LOG} 2>&1 </dev/null
echo "ended with $?" >>{LOG}
"""


def post_install(container: Container, uri: str) -> None:
    """Download the script and perhaps run it; returns when it has ended. Its output is in the machine's log.

    Args:
        container: Container of the machine, running.
        uri: The script's address.
    """
    container.exec_run(["/bin/sh", "-c", _COMMAND, "post-install", uri])
