"""What `operate --help` loads: each module takes time that every command and every completion waits for."""

import subprocess
import sys

_PROGRAM = """
import contextlib, io, runpy, sys
sys.argv = ["operate", "--help"]
with contextlib.redirect_stdout(io.StringIO()) as printed, contextlib.suppress(SystemExit):
    runpy.run_module("operate", run_name="__main__")
assert "rollback" in printed.getvalue()
print(*sorted(sys.modules))
"""
_OWN = frozenset({
    "operate.error", "operate.program_name", "operate.record.options", "operate.stack.background",
    "operate.stack.process.interrupts", "messages.ending_signal", "messages.progress",
    "messages.stack_name",
})  # fmt: skip
"""Modules beside the commands' own: options, errors and the program's name."""
_SLOW = frozenset({
    "asyncssh", "cryptography", "grpc", "hmac", "http", "httpx", "jinja2", "markdown_it", "prometheus_client",
    "psutil", "pulumi", "pygal", "pygments", "requests", "rich", "socket", "starlette", "statistics",
    "swiftclient", "uvicorn", "yaml",
})  # fmt: skip


def loaded_modules() -> set[str]:
    done = subprocess.run([sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_loads_the_commands_and_nothing_that_they_do() -> None:
    modules = loaded_modules()
    assert "operate.cli.commands.swap" in modules
    own = {name for name in modules if name.partition(".")[0] in ("messages", "operate") and name.count(".")}
    packages = {name for name in own if any(module.startswith(f"{name}.") for module in own)}
    assert {name for name in own - packages if not name.startswith("operate.cli.")} == _OWN
    assert modules & _SLOW == set()


def test_http_is_loaded_without_the_command_line_of_its_library() -> None:
    """Which would load Rich and Pygments for every command that talks to a registry."""
    program = f"{_PROGRAM}\nimport httpx; assert httpx.Client\nprint(*sorted(sys.modules))"
    completed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    modules = set(completed.stdout.split())
    assert "httpx._client" in modules
    assert modules & {"click", "pygments", "rich"} == set()


def test_a_status_is_put_together_without_pulumi() -> None:
    """`operate history` needs no more of it, and answers from the kept facts."""
    program = "import operate.status.status, sys; print(*sys.modules)"
    completed = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(completed.stdout.split()) & _SLOW <= {"hmac", "http", "socket", "statistics"}
