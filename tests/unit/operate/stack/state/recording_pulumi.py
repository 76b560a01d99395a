"""A `pulumi` that runs nothing: it remembers its commands, answers by their words, and shows events."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import grpc
from pulumi import automation
from pulumi.runtime.proto import events_pb2, events_pb2_grpc


@dataclass
class RecordingPulumi:
    """What a stack's commands come to.

    Attributes:
        answers: standard output by the command's first words.
        events: of operations, by their first words, as the engine logs them.
        commands: that were run, by their first words.
        imported: the state that was written.
    """

    answers: Mapping[str, str]
    events: Mapping[str, Sequence[Mapping[str, object]]] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    imported: str = ""

    def run(self, args: list[str]) -> automation.CommandResult:
        """Answer a command, and show its events to whoever listens."""
        name = _name(args)
        self.commands.append(name)
        if "--file" in args:
            self.imported = Path(args[args.index("--file") + 1]).read_text()
        if "--event-log" in args:
            self._show(args[args.index("--event-log") + 1].removeprefix("tcp://"), self.events.get(name, ()))
        return automation.CommandResult(self.answers.get(name, ""), "", 0)

    @staticmethod
    def _show(address: str, engine_events: Sequence[Mapping[str, object]]) -> None:
        def requests() -> Iterator[events_pb2.EventRequest]:
            for number, event in enumerate(engine_events):
                text = json.dumps({"sequence": number, "timestamp": 1, **event})
                yield events_pb2.EventRequest(event=text)

        with grpc.insecure_channel(address) as channel:
            events_pb2_grpc.EventsStub(channel).StreamEvents(requests())


def _name(args: Sequence[str]) -> str:
    """The words before the first option; a refresh that changes nothing is told from another one."""
    words = [args[0]]
    for word in args[1:]:
        if word.startswith("-"):
            break
        words.append(word)
    return " ".join([*words, *(["--preview-only"] if "--preview-only" in args else [])])
