"""A private Docker registry on SoftLayer: settings -> components -> exports."""

import pulumi

from components.exports import Environment, export_environment
from components.operator_key import OperatorKey, OperatorKeyArgs
from components.registry_store import open_store
from components.registry_users import all_users
from components.site import Site, SiteArgs
from components.verification import Verification, VerificationArgs, choose_puller
from settings import read, read_secrets

config, environment = pulumi.Config(), pulumi.get_stack()
settings = read(config)
secrets = read_secrets(config, settings.storage, settings.access)

key = OperatorKey("operator", OperatorKeyArgs(f"{pulumi.get_project()}-{environment}", settings.ssh_key_file))
store = open_store(settings, secrets)
password = store.root.chosen_or_derived(secrets.password, "registry password")
users = all_users(settings.access.user, password, secrets.users)
sites = {
    datacenter: Site(datacenter, SiteArgs(settings, environment, key, store, users, secrets.certificate_key))
    for datacenter in settings.datacenters
}
servers = [server for site in sites.values() for server in site.servers]
verified = {
    (datacenter, generation): Verification(
        f"{datacenter}-{generation}-verification",
        VerificationArgs(
            registry=registry,
            store=store,
            pusher=site.host,
            puller=choose_puller(site.host, servers, settings.access.listen),
            user=settings.access.user,
            password=password,
        ),
    ).digest
    for datacenter, site in sites.items()
    for generation, registry in site.registries.items()
}
export_environment(Environment(settings, sites, store, password, verified))
