"""A private Docker registry on SoftLayer: settings -> components -> exports."""

import pulumi

from components.cost import show_cost
from components.object_store import ObjectStore, ObjectStoreArgs
from components.operator_key import OperatorKey, OperatorKeyArgs
from components.site import Site, SiteArgs
from components.verification import Verification, VerificationArgs, choose_puller
from settings import SwiftSettings, read

config, environment = pulumi.Config(), pulumi.get_stack()
settings = read(config)
storage, modern = settings.storage, settings.registry.modern
assert isinstance(storage, SwiftSettings) and modern is not None

key = OperatorKey("operator", OperatorKeyArgs(f"{pulumi.get_project()}-{environment}", settings.ssh_key_file))
store = ObjectStore("store", ObjectStoreArgs(storage, settings.protect))
password = store.chosen_or_derived(config.get_secret("registryPassword"), "registry password")
sites = {
    datacenter: Site(datacenter, SiteArgs(settings, environment, key, store, password))
    for datacenter in settings.datacenters
}
servers = [server for site in sites.values() for server in site.servers]
verified = {
    datacenter: Verification(
        f"{datacenter}-verification",
        VerificationArgs(
            registry=site.registry,
            store=store,
            pusher=site.host,
            puller=choose_puller(site.host, servers, settings.access.listen),
            user=settings.access.user,
            password=password,
        ),
    ).digest
    for datacenter, site in sites.items()
}

first = sites[settings.datacenters[0]]
pulumi.export("endpoint", first.registry.endpoint)
pulumi.export("endpoints", {name: site.registry.endpoint for name, site in sites.items()})
pulumi.export("user", settings.access.user)
pulumi.export("password", pulumi.Output.secret(password))
pulumi.export("certificateAuthority", first.registry.authority)
pulumi.export("verifiedDigests", verified)
pulumi.export("servers", {server.name: server.summary for server in servers})
pulumi.export(
    "storageDrivers",
    {name: driver for site in sites.values() for name, driver in site.storage_drivers.items()},
)
pulumi.export("containers", {name: site.registry.container.name for name, site in sites.items()})
pulumi.export("imageDigests", {name: site.image.digest for name, site in sites.items()})
pulumi.export("objectStore", store.summary)
pulumi.export("cost", show_cost({server.name: server.guest for server in servers}))
