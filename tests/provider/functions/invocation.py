"""Calls of functions through the real plugin."""

from typing import Any

from pulumi.runtime.proto import provider_pb2

from harness.provider.plugin import Plugin, plain, raising_call_errors
from provider.protocol.wire import encode
from provider.values import Value


def invoke_raw(plugin: Plugin, function: str, **arguments: Value) -> provider_pb2.InvokeResponse:
    request = provider_pb2.InvokeRequest(
        tok=f"softlayer:index:{function}", args=encode(arguments, frozenset())
    )
    with raising_call_errors():
        answer: provider_pb2.InvokeResponse = plugin.stub.Invoke(request)
    return answer


def invoke(plugin: Plugin, function: str, **arguments: Value) -> dict[str, Any]:
    answer = invoke_raw(plugin, function, **arguments)
    assert not answer.failures, answer.failures
    return dict(plain(getattr(answer, "return")).properties)
