"""Every command of a guide and of the README is run by a test, and nobody can forget it."""

import ast
import re
from collections.abc import Mapping
from functools import cache

import pytest

from dev.local.environment import CHECKOUT
from dev.local.next_steps import next_steps
from harness.guide import FOLDER, commands_of, guide_command, guide_commands, guide_file
from settings.registry.capacity import ModernCapacity
from tests.unit.docs.guide_uses import GuideUse, guide_uses

GUIDES = sorted(file.stem for file in FOLDER.glob("*.md"))
RUN_ELSEWHERE: Mapping[str, str] = {
    "make up": "tests/e2e/conftest.py::registry",
    "make down": "tests/e2e/conftest.py::registry",
    "bin/operate logout local": (
        "tests/e2e/guides/test_first_push.py::test_an_image_of_ones_own_is_pushed_and_pulled_on_another_server"
    ),
    "make prepare": "tests/e2e/up/test_prerequisites.py::test_some_packages_are_for_the_tests_alone",
    ".venv/bin/python -m dev.local shell pulumi preview": (
        "tests/process/operate/stack/test_local_environment.py::test_a_command_runs_as_in_the_shell"
    ),
    ".venv/bin/python -m dev.engine build": "tests/e2e/conftest.py::registry",
    "export SL_USERNAME=... SL_API_KEY=...": "dev/local/environment.py::own_variables",
    "export PULUMI_BACKEND_URL=file://$HOME": "dev/local/environment.py::own_variables",
    "export PULUMI_CONFIG_PASSPHRASE_FILE=~/.softlayer-registry-passphrase": (
        "dev/local/environment.py::own_variables"
    ),
    ".venv/bin/python -m cloud up --state ~/trial-cloud --port 0": (
        "tests/cloud/command_line/test_state.py::test_up_answers_and_a_second_up_changes_nothing"
    ),
    'eval "$(.venv/bin/python -m cloud variables --state ~/trial-cloud)"': (
        "tests/cloud/command_line/test_state.py::test_variables_are_those_of_a_shell_that_uses_the_account"
    ),
    ".venv/bin/python -m cloud reset --state ~/trial-cloud": (
        "tests/cloud/command_line/test_state.py::test_down_keeps_the_account_and_reset_does_not"
    ),
    ".venv/bin/python -m operate.stack.facts_cache delete local": "dev/local/parts.py::delete_facts",
    "pulumi up": "harness/stack/example_stack.py::standing",
}
"""Commands that no test takes from a guide's text, by the function that does the same."""
PROGRAMS = r"(?:make|pulumi|docker|tar|ssh-keygen|export|slcli|python|\S*bin/\w+|operate)"
_FENCE = re.compile(r"```(\w*)\n(.*?)```", re.DOTALL)


def commands_in(guide: str) -> set[str]:
    """Return the commands of a guide; the same one for another stack is the same."""
    return {text.replace(" prod", " local") for texts in guide_commands(guide).values() for text in texts}


@cache
def uses() -> set[GuideUse]:
    """Return the commands that the tests of whole stacks take from guides."""
    files = (CHECKOUT / "tests" / "e2e").rglob("test_*.py")
    return {use for file in files for use in guide_uses(file.read_text(), GUIDES)}


def taken_from_text() -> set[str]:
    """Return the commands that tests take from guides."""
    texts = (guide_commands(use.guide)[use.step][use.position] for use in uses())
    return {text.replace(" prod", " local") for text in texts}


@pytest.mark.parametrize("guide", [*GUIDES, "README"])
def test_each_command_is_run_by_a_test(guide: str) -> None:
    commands = commands_in(guide)
    assert commands, "a guide has commands"
    assert commands - taken_from_text() - RUN_ELSEWHERE.keys() == set()


@pytest.mark.parametrize("guide", [*GUIDES, "README"])
def test_a_command_stands_in_a_block_of_commands(guide: str) -> None:
    """Elsewhere a text may mention a command of one or two words, such as `operate rollback`."""
    text = guide_file(guide).read_text()
    blocks = [body for kind, body in _FENCE.findall(text) if kind != "sh"]
    prose = _FENCE.sub("", text)
    lines = [line.strip() for body in blocks for line in body.splitlines()]
    lines += [line.strip() for line in prose.splitlines() if line.startswith("    ")]
    mentions = [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]
    commands = {text for texts in guide_commands(guide).values() for text in texts}
    hidden = [line for line in lines if re.match(rf"{PROGRAMS} ", line)]
    hidden += [span for span in mentions if re.match(rf"{PROGRAMS} \S+ ", span) and span not in commands]
    assert hidden == []


def test_what_tests_take_is_in_a_guide() -> None:
    assert len(uses()) > 15
    for use in uses():
        assert use.position < len(guide_commands(use.guide)[use.step]), use


def test_what_is_run_elsewhere_is_in_a_guide_and_its_function_exists() -> None:
    in_guides = {text for guide in [*GUIDES, "README"] for text in commands_in(guide)}
    assert RUN_ELSEWHERE.keys() - in_guides == set()
    assert RUN_ELSEWHERE.keys() & taken_from_text() == set()
    for place in RUN_ELSEWHERE.values():
        file, _, function = place.partition("::")
        tree = ast.walk(ast.parse((CHECKOUT / file).read_text()))
        assert function in {node.name for node in tree if isinstance(node, ast.FunctionDef)}, place


def test_a_target_of_make_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (CHECKOUT / "Makefile").read_text(), re.MULTILINE))
    documents = [*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")]
    mentioned = {
        (document.name, target)
        for document in documents
        for target in re.findall(r"(?:`|^ *)make (\w+)", document.read_text(), re.MULTILINE)
    }
    assert len(mentioned) > 10
    assert {(name, target) for name, target in mentioned if target not in targets} == set()


def test_the_guides_have_what_make_up_prints() -> None:
    printed = commands_of(f"```sh\n{next_steps({'endpoint': 'https://ADDRESS'})}```")[""]
    printed = [line for line in printed if re.match(rf"{PROGRAMS} ", line)]
    in_guides = commands_in("first-registry") | commands_in("first-swap")
    assert len(printed) > 5
    assert set(printed) - in_guides == set()


def test_a_release_with_more_memory_has_more_than_the_default() -> None:
    """The first swap was to 640 MB, and its guide called that more."""
    documents = [*map(guide_file, ["first-swap", "README"]), CHECKOUT / "docs" / "reference" / "commands.md"]
    sizes = {int(size) for file in documents for size in re.findall(r"--set memory=(\d+)", file.read_text())}
    assert sizes, "the documents set the memory of a release"
    assert min(sizes) > ModernCapacity().needed_memory


DOCUMENT = """# A guide

```sh
make up
```

## 2. Second

    make of nothing

```sh
docker push ADDRESS/a:1   # pushes
bin/operate swap local \\
    --to 2
```

```yaml
make: no command
```

## By name
```sh
make down
```
"""


def test_commands_are_found_by_step() -> None:
    assert commands_of(DOCUMENT) == {
        "": ["make up"],
        "2": ["docker push ADDRESS/a:1", "bin/operate swap local --to 2"],
        "By name": ["make down"],
    }


def test_placeholders_are_filled_in() -> None:
    assert guide_command("first-registry", "3", 1, ADDRESS="10.0.0.1:5000").endswith(" 10.0.0.1:5000/first:1")
    with pytest.raises(KeyError, match="ADDRESS"):
        guide_command("first-registry", "3", 1)
    with pytest.raises(KeyError, match="HOST"):
        guide_command("first-registry", "1", HOST="x")


def test_uses_are_read_from_a_test() -> None:
    source = """
def test(reader, stack):
    reader.follow("first-swap", "3", *QUICK)
    reader.follow("first-swap", "5", position=1)
    guide_command("recovery", "1", 2)
    stack.follow("lost-server", "1")
    reader.run("first-swap", "1")
"""
    assert set(guide_uses(source, GUIDES)) == {
        GuideUse("first-swap", "3"),
        GuideUse("first-swap", "5", 1),
        GuideUse("recovery", "1", 2),
    }
