"""The handlers, one resource or function a file, on plain data. They import neither pulumi nor grpc."""

from collections.abc import Mapping

from provider.resources.bare_metal.server import BareMetalServer
from provider.resources.contract import Function, Resource
from provider.resources.destroy_check import DestroyCheck
from provider.resources.functions.get_datacenters import GetDatacenters
from provider.resources.functions.get_flavors import GetFlavors
from provider.resources.functions.get_images import GetImages
from provider.resources.functions.get_objects import GetObjects
from provider.resources.functions.get_prices import GetPrices
from provider.resources.functions.get_server import GetServer
from provider.resources.functions.get_subnet import GetSubnet
from provider.resources.functions.get_vlan import GetVlan
from provider.resources.network.global_ip import GlobalIp
from provider.resources.network.placement_group import PlacementGroup
from provider.resources.network.security_group import SecurityGroup
from provider.resources.network.security_group_attachment import SecurityGroupAttachment
from provider.resources.random_secret import RandomSecret
from provider.resources.registry.placement import RegistryPlacement
from provider.resources.ssh_key import SshKey
from provider.resources.storage.account import ObjectStorageAccount
from provider.resources.storage.container import ObjectStorageContainer
from provider.resources.virtual_guest.server import VirtualGuest

_RESOURCES: tuple[Resource, ...] = (
    BareMetalServer(),
    DestroyCheck(),
    GlobalIp(),
    ObjectStorageAccount(),
    ObjectStorageContainer(),
    PlacementGroup(),
    RandomSecret(),
    RegistryPlacement(),
    SecurityGroup(),
    SecurityGroupAttachment(),
    SshKey(),
    VirtualGuest(),
)
RESOURCES: Mapping[str, Resource] = {resource.token: resource for resource in _RESOURCES}
"""By type token. One instance a process: it may remember what the cloud offers."""

_FUNCTIONS: tuple[Function, ...] = (
    GetDatacenters(),
    GetFlavors(),
    GetImages(),
    GetObjects(),
    GetPrices(),
    GetServer(),
    GetSubnet(),
    GetVlan(),
)
FUNCTIONS: Mapping[str, Function] = {function.token: function for function in _FUNCTIONS}
"""By function token."""
