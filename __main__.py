"""A private Docker registry on SoftLayer: settings -> components -> exports."""

import gc

import pulumi

from components.access.users import all_users
from components.destroy_check import check_destroy
from components.exports import Environment, export_environment
from components.placement import GLOBAL_IP_NOTES, record_placement
from components.server.global_ip import StableAddress, StableAddressArgs
from components.server.operator_key import OperatorKey, OperatorKeyArgs
from components.server.reboot_turns import RebootTurns
from components.site import SiteArgs, build_sites
from components.site_registries import SiteRegistries, SiteRegistriesArgs
from components.storage.store import open_store
from components.verification.environment import verify
from settings.configuration import read

# A run lives for seconds. Python would spend a fifth of it on looking for garbage, every 700 new objects.
gc.set_threshold(50_000)

config, environment = pulumi.Config(), pulumi.get_stack()
settings, secrets = read(config)

placement = record_placement(settings, environment)
key_label = f"{pulumi.get_project()}-{environment}"
key_args = OperatorKeyArgs(key_label, environment, settings.ssh_key_file, settings.next_ssh_key_file)
key = OperatorKey("operator", key_args, pulumi.ResourceOptions(depends_on=[placement]))
store = open_store(settings, secrets, placement)
password = store.root.chosen_or_derived(secrets.password, "registry password")
users = all_users(settings.access.user, password, secrets.users)
turns = RebootTurns(settings, key)
sites = build_sites(SiteArgs(settings, environment, key, store, users, turns))
address = None
if settings.access.global_ip:
    doors = [server for site in sites.values() for server in site.doors]
    address_args = StableAddressArgs(doors, GLOBAL_IP_NOTES.format(environment), settings.protect.addresses)
    address = StableAddress("doors", address_args)
servers = [server for site in sites.values() for server in site.servers]
registries_args = SiteRegistriesArgs(settings, store, users, secrets.certificate_key, address, servers)
site_registries = {datacenter: SiteRegistries(site, registries_args) for datacenter, site in sites.items()}
verified, verifications = verify(settings, site_registries, store, password)
parts = filter(None, (store.root.resource, store.swift, address))
everything = [placement, key, *sites.values(), *verifications, *parts]
check_destroy(settings, store, everything)
export_environment(Environment(settings, site_registries, placement, store, address, password, verified))
