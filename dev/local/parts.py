"""What the stack needs: engine, base image, cloud, the operator's key. Each is made once and kept."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from dev.local.environment import STACK, Environment
from dev.local.process import run
from dev.local.progress import measured


def build_engine() -> Path:
    """Return the folder with `pulumi` and its plugins, built where it is not cached."""
    with measured("Pulumi engine"):
        return Path(run([sys.executable, "-m", "dev.engine", "build"], capture=True).splitlines()[-1])


def make_image(name: str) -> Path:
    """Return the archive of an image, one of `python -m dev.images`, made where it is not cached."""
    return Path(run([sys.executable, "-m", "dev.images", name], capture=True).splitlines()[-1])


def fill_cache() -> None:
    """Make the engine and every image side by side, so that no test waits for one."""
    images = ("machine", "registry-base", "registry-base-3", "legacy-base")
    with measured("engine and images"), ThreadPoolExecutor() as pool:
        parts = [pool.submit(build_engine), *(pool.submit(make_image, image) for image in images)]
        for part in parts:
            part.result()


def make_base_image(environment: Environment) -> None:
    """Put the registry's base image where the stack's file names it."""
    with measured("registry base image"):
        archive = make_image("registry-base")
    environment.base_archive.parent.mkdir(parents=True, exist_ok=True)
    environment.base_archive.unlink(missing_ok=True)
    environment.base_archive.symlink_to(archive)


def start_cloud(environment: Environment) -> None:
    """Start the local cloud, or find it running."""
    port = ["--port", str(environment.cloud_port)]
    with measured("local cloud"):
        run([
            sys.executable, "-m", "cloud", "up",
            "--state", str(environment.cloud), *port, "--speed", environment.speed,
        ])  # fmt: skip


def make_operator_key(environment: Environment) -> None:
    """Make the operator's SSH key pair where there is none."""
    if not environment.ssh_key.exists():
        environment.ssh_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "operator", "-f", str(environment.ssh_key)])


def make_ready(environment: Environment) -> Path:
    """Make all of it, what is slow side by side; return the engine's folder."""
    make_operator_key(environment)
    with ThreadPoolExecutor() as pool:
        engine = pool.submit(build_engine)
        parts = [pool.submit(make_base_image, environment), pool.submit(start_cloud, environment)]
        for part in parts:
            part.result()
        return engine.result()


def delete_facts(environment: Environment) -> None:
    """Delete what `operate` keeps of the stack in the operator's home."""
    command = [sys.executable, "-m", "operate.stack.facts_cache", "delete", STACK]
    run(command, variables=os.environ | {"PULUMI_BACKEND_URL": environment.backend_url})


def describe_logins(environment: Environment) -> str:
    """Return which clients are still logged in to the stack, and what logs them out; "" where none is."""
    command = [sys.executable, "-m", "operate.login.recorded_logins", STACK]
    variables = os.environ | {"PULUMI_BACKEND_URL": environment.backend_url}
    logins = [line.split() for line in run(command, variables=variables, capture=True).splitlines()]
    if not logins:
        return ""
    clients = ", ".join(dict.fromkeys(program for program, _ in logins))
    addresses = ", ".join(dict.fromkeys(address for _, address in logins))
    is_default = environment.backend_url == Environment().backend_url
    place = "" if is_default else f"PULUMI_BACKEND_URL={environment.backend_url} "
    return (
        f"still logged in to {addresses}: {clients}; `{place}bin/operate logout {STACK}` has them forget the"
        " login and the registry's authority"
    )
