"""The mark that an installation leaves on its server: what was installed there last, and whether it ended.

The state of a stack has what `pulumi up` believes to be on a server. A run that was killed, or somebody's
edit, makes that wrong, and no later `pulumi up` finds out: it compares the program with its state alone. So a
script that installs something is run between two steps: its mark is taken away first, and written last, whole
or not at all. `operate doctor` compares the marks with the state, and `operate recover` repeats what differs.

The mark has a digest of the script with all that it reads, as the command in the state has it too, and
digests of the files that the script left, which only the server itself has.
"""

import shlex
from collections.abc import Sequence

from components.remote.text_digest import text_digest

FOLDER = "/etc/softlayer-registry/installed"


def installation_digest(command: str, stdin: str) -> str:
    """Return the digest of an installation.

    It may be shown, as any of `text_digest`: an input that has secrets has one of high entropy among them,
    such as a certificate's private key, so that no password can be tried by it.

    Args:
        command: Command that runs the script, with its arguments.
        stdin: The script, and everything that it reads.
    """
    return text_digest(command, stdin)


def marked_command(name: str, digest: str, command: str, files: Sequence[str]) -> str:
    """Return shell text that runs a command between taking its mark away and writing it.

    Args:
        name: Name of the resource, which names the mark.
        digest: Digest of the installation.
        command: Command that installs.
        files: Files that the command leaves and nothing else changes: patterns of the shell, and folders with
            all that is in them. One that does not exist is left out.
    """
    mark = shlex.quote(mark_file(name))
    content = f"echo {digest}"
    if files:
        content += f"; find {' '.join(files)} -type f -exec sha256sum {{}} + 2>/dev/null || true"
    return (
        f'mark={mark} digest={digest}; mkdir -p -m 700 {FOLDER} && rm -f "$mark" && {command}'
        f' && (umask 077; {{ {content}; }} >"$mark.new" && mv -f "$mark.new" "$mark")'
    )


def unmarked_command(name: str, command: str) -> str:
    """Return shell text that takes a mark away and runs a command, which removes what was installed.

    Args:
        name: Name of the resource.
        command: Command that removes.
    """
    return f"rm -f {shlex.quote(mark_file(name))}; {command}"


def mark_file(name: str) -> str:
    """Return the place of a mark on its server.

    Args:
        name: Name of the resource.
    """
    return f"{FOLDER}/{name.replace('/', '_')}"
