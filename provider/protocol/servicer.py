"""The gRPC edge: Pulumi's provider protocol over the handlers.

This module, `wire`, `engine_log` and `server` are the only ones that know the protocol. Source:
pulumi/provider.proto as shipped with the Python SDK 3.272, and how the engine 3.259 uses it
(resource/plugin/provider_plugin.go).
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, TypeAlias, TypeVar

import grpc
import grpc.aio
from google.protobuf import any_pb2, empty_pb2, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from provider.cancellation_token import CancellationToken
from provider.errors import ProviderError, UnfinishedError
from provider.open_session import open_session
from provider.protocol import steps
from provider.protocol.wire import Decoded, decode, encode
from provider.redaction import Redactor
from provider.resources.contract import Change, Kind, Quoted, Resource, State, Target
from provider.resources.handlers import FUNCTIONS, RESOURCES
from provider.session import Reporter, Session
from provider.settings import check_configuration, read_configuration
from provider.softlayer.account import ACCOUNT_ID
from provider.values import UNKNOWN, Properties, has_unknown

LOG = logging.getLogger("provider")
VERSION = "0.1.0"
SCHEMA = Path(__file__).parents[1] / "schema.json"
KINDS = {
    (Kind.ADD, False): provider_pb2.PropertyDiff.ADD,
    (Kind.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (Kind.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (Kind.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (Kind.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (Kind.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}
Answer = TypeVar("Answer")
Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
"""The protocol's own context; what it carries is typed by each method's request and answer."""


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine. One instance a process."""

    def __init__(self, reporter: Reporter, redactor: Redactor, environment: Mapping[str, str]) -> None:
        self._reporter = reporter
        self._redactor = redactor
        self._environment = environment
        self._stop = CancellationToken()
        self.session: Session | None = None

    async def Handshake(  # noqa: N802 - the protocol's name
        self, request: provider_pb2.ProviderHandshakeRequest, context: Context
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Secrets are taken as such; no resource references, outputs or assets."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    async def Attach(  # noqa: N802
        self, request: plugin_pb2.PluginAttach, context: Context
    ) -> empty_pb2.Empty:
        """For a provider started by hand (PULUMI_DEBUG_PROVIDERS)."""
        return empty_pb2.Empty()

    async def GetPluginInfo(  # noqa: N802
        self, request: empty_pb2.Empty, context: Context
    ) -> plugin_pb2.PluginInfo:
        """Return the plugin's version."""
        return plugin_pb2.PluginInfo(version=VERSION)

    async def GetSchema(  # noqa: N802
        self, request: provider_pb2.GetSchemaRequest, context: Context
    ) -> provider_pb2.GetSchemaResponse:
        """Return `schema.json` as it is."""
        return provider_pb2.GetSchemaResponse(schema=SCHEMA.read_text())

    async def CheckConfig(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        """Judge the configuration; see `provider.settings.check_configuration`."""
        olds, news = self._decode(request.olds), self._decode(request.news)
        checked = check_configuration(olds.properties, news.properties, self._environment)
        return provider_pb2.CheckResponse(
            inputs=encode(checked.inputs, news.secrets),
            failures=[
                provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in checked.failures
            ],
        )

    async def DiffConfig(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        """Any change of the configuration is in place: the account's things stay what they are."""
        olds = self._decode(request.old_inputs).properties
        news = self._decode(request.news).properties
        changes = tuple(
            Change(name, _kind(name, olds, news), replaces=False)
            for name in sorted({*olds, *news})
            if olds.get(name) != news.get(name)
        )
        return _difference(changes)

    async def Configure(  # noqa: N802
        self, request: provider_pb2.ConfigureRequest, context: Context
    ) -> provider_pb2.ConfigureResponse:
        """Take the configuration; the cloud is not called.

        Whoever reaches this process's port could ask for another endpoint, and be sent the API key.
        """
        settings = read_configuration(self._decode(request.args).properties, self._environment)
        if self.session is not None and self.session.settings.endpoint_url != settings.endpoint_url:
            await context.abort(
                grpc.StatusCode.PERMISSION_DENIED,
                f"This process calls {self.session.settings.endpoint_url}, and no other endpoint after it: "
                f"{settings.endpoint_url} is refused.",
            )
        self.session = open_session(settings, self._stop, self._reporter, self._redactor, self._environment)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    async def Check(  # noqa: N802
        self, request: provider_pb2.CheckRequest, context: Context
    ) -> provider_pb2.CheckResponse:
        """Return all failures at once, without the network."""
        olds, news = self._decode(request.olds), self._decode(request.news)
        resource = await self._resource(request.type, request.urn, context)
        checked = resource.check(self._session(), request.urn, olds.properties, news.properties)
        return provider_pb2.CheckResponse(
            inputs=encode(checked.inputs, news.secrets | resource.secret_outputs),
            failures=[
                provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)
                for failure in checked.failures
            ],
        )

    async def Diff(  # noqa: N802
        self, request: provider_pb2.DiffRequest, context: Context
    ) -> provider_pb2.DiffResponse:
        """In detail; the account is asked about an open note of a replacement alone."""
        old = State(self._decode(request.old_inputs).properties, self._decode(request.olds).properties)
        resource = await self._resource(request.type, request.urn, context)
        news, target = self._decode(request.news).properties, Target(request.urn)

        async def differ() -> tuple[Change, ...]:
            ignored = tuple(request.ignoreChanges)
            return await steps.diff(resource, self._session(), target, request.id, old, news, ignored)

        return _difference(await self._guarded(context, frozenset(), differ))

    async def Create(  # noqa: N802
        self, request: provider_pb2.CreateRequest, context: Context
    ) -> provider_pb2.CreateResponse:
        """Make it, or say what would be made."""
        resource = await self._resource(request.type, request.urn, context)
        inputs = self._decode(request.properties)
        secrets = inputs.secrets | resource.secret_outputs
        if request.preview:
            previewed = {**resource.preview(inputs.properties, None), ACCOUNT_ID: UNKNOWN}
            quoted = await self._quoted(context, secrets, resource, inputs.properties, None)
            return provider_pb2.CreateResponse(properties=encode({**previewed, **quoted}, secrets))
        target = Target(request.urn, request.timeout)
        created = await self._guarded(
            context, secrets, lambda: steps.create(resource, self._session(), target, inputs.properties)
        )
        return provider_pb2.CreateResponse(id=created.identifier, properties=encode(created.outputs, secrets))

    async def Read(  # noqa: N802
        self, request: provider_pb2.ReadRequest, context: Context
    ) -> provider_pb2.ReadResponse:
        """Read it, for refresh and import; an empty id means that it is missing."""
        resource = await self._resource(request.type, request.urn, context)
        inputs, outputs = self._decode(request.inputs), self._decode(request.properties)
        secrets = inputs.secrets | outputs.secrets | resource.secret_outputs
        state = State(inputs.properties, outputs.properties)
        live = await self._guarded(
            context,
            secrets,
            lambda: steps.read(resource, self._session(), Target(request.urn), request.id, state),
        )
        if live is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=live.identifier,
            properties=encode(live.outputs, secrets),
            inputs=encode(live.inputs, secrets),
        )

    async def Update(  # noqa: N802
        self, request: provider_pb2.UpdateRequest, context: Context
    ) -> provider_pb2.UpdateResponse:
        """Bring it to the new inputs, or wait on for one that was not ready."""
        resource = await self._resource(request.type, request.urn, context)
        old_inputs, outputs = self._decode(request.old_inputs), self._decode(request.olds)
        news = self._decode(request.news)
        # What is kept of before may be a secret that the program has taken out, or names no longer.
        secrets = news.secrets | outputs.secrets | old_inputs.secrets | resource.secret_outputs
        old = State(old_inputs.properties, outputs.properties)
        if request.preview:
            kept = {ACCOUNT_ID: outputs.properties.get(ACCOUNT_ID)}
            previewed = {**resource.preview(news.properties, outputs.properties), **kept}
            quoted = await self._quoted(context, secrets, resource, news.properties, old)
            return provider_pb2.UpdateResponse(properties=encode({**previewed, **quoted}, secrets))
        target = Target(request.urn, request.timeout)
        updated = await self._guarded(
            context,
            secrets,
            lambda: steps.update(resource, self._session(), target, request.id, old, news.properties),
        )
        return provider_pb2.UpdateResponse(properties=encode(updated, secrets))

    async def Delete(  # noqa: N802
        self, request: provider_pb2.DeleteRequest, context: Context
    ) -> empty_pb2.Empty:
        """Delete it; answers once it is deleted."""
        resource = await self._resource(request.type, request.urn, context)
        old = State(self._decode(request.old_inputs).properties, self._decode(request.properties).properties)
        target = Target(request.urn, request.timeout)
        await self._guarded(
            context,
            frozenset(),
            lambda: steps.delete(resource, self._session(), target, request.id, old),
        )
        return empty_pb2.Empty()

    async def Invoke(  # noqa: N802
        self, request: provider_pb2.InvokeRequest, context: Context
    ) -> provider_pb2.InvokeResponse:
        """Call a function."""
        function = FUNCTIONS.get(request.tok)
        if function is None:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{request.tok} is no function of softlayer")
        arguments = self._decode(request.args)
        checked = function.check(arguments.properties)
        if checked.failures:
            return provider_pb2.InvokeResponse(
                failures=[
                    provider_pb2.CheckFailure(property=failure.path, reason=failure.reason)
                    for failure in checked.failures
                ]
            )
        if any(has_unknown(value) for value in checked.inputs.values()):
            return _returned(function.unknown())
        answer = await self._guarded(
            context, frozenset(), lambda: function.call(self._session(), checked.inputs)
        )
        return _returned(answer)

    async def Cancel(  # noqa: N802
        self, request: empty_pb2.Empty, context: Context
    ) -> empty_pb2.Empty:
        """End every wait now."""
        self._stop.cancel()
        return empty_pb2.Empty()

    def _session(self) -> Session:
        if self.session is None:
            raise ProviderError(
                "The softlayer provider is not configured yet; the engine calls Configure first."
            )
        return self.session

    def _decode(self, struct: struct_pb2.Struct) -> Decoded:
        return decode(struct, self._redactor.register_secret)

    async def _resource(self, type_token: str, urn: str, context: Context) -> Resource:
        """Return the handler of a type.

        Old engines send it in the URN only, with its parents' types before it.
        """
        token = type_token or urn.split("::")[2].rpartition("$")[2]
        resource = RESOURCES.get(token)
        if resource is None:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{token} is no resource of softlayer")
        return resource

    async def _quoted(
        self,
        context: Context,
        secrets: frozenset[str],
        resource: Resource,
        inputs: Properties,
        old: State | None,
    ) -> Properties:
        """Return the outputs that the cloud knows before an order; none for what costs nothing."""
        if not isinstance(resource, Quoted):
            return {}
        return await self._guarded(context, secrets, lambda: resource.quote(self._session(), inputs, old))

    async def _guarded(
        self, context: Context, secrets: frozenset[str], work: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """Run a handler; its errors become the protocol's, cleaned of secrets."""
        try:
            return await work()
        except UnfinishedError as unfinished:
            await self._abort_unfinished(context, secrets, unfinished)
        except ProviderError as error:
            await context.abort(grpc.StatusCode.UNKNOWN, self._redactor.clean(str(error)))
        except grpc.aio.AbortError:
            raise
        except Exception as error:
            LOG.exception("a handler failed unexpectedly")
            what = f"{type(error).__name__}: {error}"
            text = f"The softlayer provider failed unexpectedly: {what}. Please report it."
            await context.abort(grpc.StatusCode.INTERNAL, self._redactor.clean(text))
        raise AssertionError("abort raises")

    async def _abort_unfinished(
        self, context: Context, secrets: frozenset[str], unfinished: UnfinishedError
    ) -> NoReturn:
        """Answer with the error that makes the engine keep the id; see pulumi-facts, (b)."""
        reasons = [self._redactor.clean(reason) for reason in unfinished.reasons]
        failed = provider_pb2.ErrorResourceInitFailed(
            id=unfinished.identifier,
            properties=encode(unfinished.outputs, secrets),
            reasons=reasons,
        )
        if unfinished.inputs is not None:
            failed.inputs.CopyFrom(encode(unfinished.inputs, secrets))
        detail = any_pb2.Any()
        detail.Pack(failed)
        code = grpc.StatusCode.UNKNOWN
        status = status_pb2.Status(code=code.value[0], message="; ".join(reasons), details=[detail])
        await context.abort(
            code,
            "; ".join(reasons),
            trailing_metadata=(("grpc-status-details-bin", status.SerializeToString()),),
        )
        raise AssertionError("abort raises")


def _difference(changes: tuple[Change, ...]) -> provider_pb2.DiffResponse:
    """Return the protocol's answer; replaces also in the old form, for engines and displays that read it."""
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE,
        replaces=sorted({_top(change.path) for change in changes if change.replaces}),
        diffs=sorted({_top(change.path) for change in changes}),
        detailedDiff={
            change.path: provider_pb2.PropertyDiff(kind=KINDS[change.kind, change.replaces], inputDiff=True)
            for change in changes
        },
        hasDetailedDiff=True,
    )


def _returned(answer: Properties) -> provider_pb2.InvokeResponse:
    """The answer's field is called `return`, which Python cannot write as a keyword."""
    response = provider_pb2.InvokeResponse()
    getattr(response, "return").CopyFrom(encode(answer, frozenset()))
    return response


def _kind(name: str, olds: Properties, news: Properties) -> Kind:
    if name not in olds:
        return Kind.ADD
    return Kind.DELETE if name not in news else Kind.UPDATE


def _top(path: str) -> str:
    return path.partition("[")[0].partition(".")[0]
