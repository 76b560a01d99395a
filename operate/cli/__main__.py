"""Writes docs/reference/commands.md, what `operate --help` says: `python -m operate.cli`."""

import html
import re
import subprocess
import sys

from operate.stack.config.stack_file import PROGRAM

DOCUMENT = PROGRAM / "docs" / "reference" / "commands.md"
_FIRST_COMMAND = re.compile(r"^## `", re.MULTILINE)
_EXAMPLES = re.compile(r"^Examples: (?P<first>.+)\n(?P<others>(?: +operate .+\n)+)", re.MULTILINE)
_PREFACE = """\
# The commands of `operate`

`bin/operate` works from any folder; `.venv/bin/python -m operate` is the same in the checkout. Each command's
`--help` has an example. `bin/operate --version` prints the commit, for a report. Where the checkout's
folder `bin` is on PATH, as in `make shell`, `operate` alone is enough. Messages name the program as it was
started. This page is made from the commands by
`python -m operate.cli`.

| exit code | meaning |
| --- | --- |
| 0 | done, perhaps with a warning, such as of a helper that does not answer |
| 1 | failed; one line says what, where, why and what to run |
| 2 | wrong options |
| 3 | refused: nothing was changed, a name is not known, or a release did not go live and was rolled back |
| 4 | another operator is at work |
| 5 | `doctor`: a warning, or something that could not be checked |
| 130 | interrupted (Ctrl-C, SIGINT); Pulumi was ended first, and the same command resumes |
| 143 | the same by SIGTERM, as `kill`, `timeout` and a service manager send it |
| 129 | the same by SIGHUP, the end of the terminal |

`operate` needs what `pulumi` needs: `pulumi` on PATH, `PULUMI_BACKEND_URL`, the passphrase, and
`SL_USERNAME` and `SL_API_KEY` where a command orders. It also needs the stack's SSH key:
`SOFTLAYER_REGISTRY_SSH_KEY` or the stack file's `sshKeyFile` says where the key is on this machine.
`--config-file` or `OPERATE_CONFIG_FILE` names a stack file other than `stacks/Pulumi.ENV.yaml`. Where the
variable names a file `Pulumi.NAME.yaml`, as in `make shell`, it counts for the stack `NAME` alone.

Progress goes to standard error. On a terminal, a live line shows the running step and its seconds;
elsewhere a step has a line after 5 seconds, and further ones with its seconds after 15, 45, 135 and so on.
`NO_COLOR=1` leaves out colours. Where standard output is no terminal, a table is as wide as what it shows.

`--json` prints the result to standard output. A command that fails before it has one leaves standard output
empty: the reason is on standard error, and the exit code is its kind. A swap or a move that was rolled back
by itself, and a login that fails at one client, print their result and end with the failure's exit code.

Bash, zsh and fish complete commands, options, stacks and servers after `operate --install-completion`, where
`bin/operate` is on PATH. That changes the shell's own files alone. To remove the completion, delete what
it has written:

- Bash: the file `~/.bash_completions/operate.sh`, and in `~/.bashrc` the line `source` that names it.
- Zsh: the file `~/.zfunc/_operate`, and in `~/.zshrc`, where nothing else needs them,
  `fpath+=~/.zfunc; autoload -Uz compinit; compinit` and `zstyle ':completion:*' menu select`.
- fish: the file `~/.config/fish/completions/operate.fish`.
"""


def commands_page() -> str:
    """Return the page, with the commands as Typer writes them.

    Raises:
        subprocess.CalledProcessError: Typer could not write them.
    """
    words = ["operate.cli.command_line", "utils", "docs", "--name", "operate"]
    typer = [sys.executable, "-m", "typer", *words]
    text = subprocess.run(typer, cwd=PROGRAM, capture_output=True, text=True, check=True).stdout
    text = html.unescape(text)
    start = _FIRST_COMMAND.search(text)
    commands = _EXAMPLES.sub(_example_block, text[start.start() if start else 0 :])
    return f"{_PREFACE}\n{commands.rstrip()}\n"


def _example_block(match: re.Match[str]) -> str:
    lines = [match["first"], *(line.strip() for line in match["others"].splitlines())]
    return "Examples:\n\n" + "".join(f"    {line}\n" for line in lines)


if __name__ == "__main__":
    DOCUMENT.write_text(commands_page())
