"""The parts that the engine is made of, and the registry and the suite that are built the same way, as data.

Versions, modules and flags: tried together on Debian 12, see the documents of each folder's go.mod. The
published plugins of the same versions are what pulumi_command and pulumi_docker in requirements.txt ask for.
"""

from dataclasses import dataclass

PULUMI_VERSION = "3.259.0"
DOCKER_VERSION = "5.2.0"
COMMAND_VERSION = "1.2.1"

_VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"


@dataclass(frozen=True)
class Script:
    """A script that comes ready in a Go module which the part's go.mod names.

    Attributes:
        module: The module's path.
        path: Path of the script in the module.
    """

    module: str
    path: str

    @property
    def name(self) -> str:
        """The file name, under which it goes into the bin folder."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Part:
    """One executable to build, and the scripts that belong to it.

    Attributes:
        name: What progress lines call it.
        version: The version it has, or whose contract it keeps.
        folder: The folder below engine/ with its go.mod.
        package: The Go package to build.
        executable: The file name of the result.
        tags: Go build tags.
        variables: Go string variables set at link time, as ``path=value``.
        scripts: Scripts to install beside it.
    """

    name: str
    version: str
    folder: str
    package: str
    executable: str
    tags: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    scripts: tuple[Script, ...] = ()

    @property
    def files(self) -> tuple[str, ...]:
        """The names of everything the part puts into the bin folder."""
        return (self.executable, *(script.name for script in self.scripts))


PULUMI = Part(
    name="pulumi",
    version=PULUMI_VERSION,
    folder="pulumi",
    package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    executable="pulumi",
    variables=(f"{_VERSION_VARIABLE}={PULUMI_VERSION}",),
    scripts=(
        Script("github.com/pulumi/pulumi/sdk/v3", "python/cmd/pulumi-language-python-exec"),
        Script("github.com/pulumi/pulumi/sdk/v3", "python/dist/pulumi-resource-pulumi-python"),
    ),
)

# Compose is left out: it doubles the build and no published resource of this plugin needs it.
DOCKER = Part(
    name="docker plugin",
    version=DOCKER_VERSION,
    folder="docker",
    package=".",
    executable="pulumi-resource-docker",
    tags=("no_compose",),
)

COMMAND = Part(
    name="command plugin",
    version=COMMAND_VERSION,
    folder="command",
    package=".",
    executable="pulumi-resource-command",
)

# 3.79.0 is the last release whose module holds the language host.
LANGUAGE_PYTHON_HOST = Part(
    name="Python language host",
    version="3.79.0",
    folder="language-python",
    package="github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",
    executable="pulumi-language-python-host",
    variables=(f"{_VERSION_VARIABLE}=3.79.0",),
)

# What the engine starts: it becomes the host, with the project's options, which newer hosts get themselves.
LANGUAGE_PYTHON = Part(
    name="Python language host's options",
    version="3.79.0",
    folder="language-python",
    package=".",
    executable="pulumi-language-python",
)

# Not of the engine: `images` puts it into the registry's image of version 3, which no package holds.
REGISTRY = Part(
    name="registry",
    version="3.1.1",
    folder="registry",
    package="github.com/distribution/distribution/v3/cmd/registry",
    executable="registry",
    variables=("github.com/distribution/distribution/v3/version.version=v3.1.1",),
)

# Not of the engine: `bench.registry.conformance` runs it. Its module has no tagged version (seen in 2026-11).
CONFORMANCE = Part(
    name="conformance suite",
    version="0.0.0-20260831232431",
    folder="conformance",
    package="github.com/opencontainers/distribution-spec/conformance",
    executable="oci-conformance",
)

# The longest go first, so that two builds at once end together; the command plugin finds most of its
# packages compiled by the docker plugin's build.
PARTS = (PULUMI, DOCKER, LANGUAGE_PYTHON_HOST, LANGUAGE_PYTHON, COMMAND)

BUILT_FILES = tuple(name for part in PARTS for name in part.files)
"""What the bin folder holds of an engine that is built."""

RELEASE_FILES = tuple(name for name in BUILT_FILES if name != LANGUAGE_PYTHON_HOST.executable)
"""What the bin folder holds of a published engine."""

# Executable -> the folder in which Pulumi looks for it below $PULUMI_HOME/plugins.
PLUGINS = {
    DOCKER.executable: f"resource-docker-v{DOCKER_VERSION}",
    COMMAND.executable: f"resource-command-v{COMMAND_VERSION}",
}
