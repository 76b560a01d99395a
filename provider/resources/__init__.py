"""The handlers, one resource or function a file, on plain data. They import neither pulumi nor grpc."""

from collections.abc import Mapping

from provider.resources.bare_metal_server import BareMetalServer
from provider.resources.contract import Function, Resource
from provider.resources.destroy_check import DestroyCheck
from provider.resources.get_datacenters import GetDatacenters
from provider.resources.get_flavors import GetFlavors
from provider.resources.get_images import GetImages
from provider.resources.get_objects import GetObjects
from provider.resources.get_prices import GetPrices
from provider.resources.get_server import GetServer
from provider.resources.get_subnet import GetSubnet
from provider.resources.get_vlan import GetVlan
from provider.resources.global_ip import GlobalIp
from provider.resources.object_storage_account import ObjectStorageAccount
from provider.resources.object_storage_container import ObjectStorageContainer
from provider.resources.placement_group import PlacementGroup
from provider.resources.random_secret import RandomSecret
from provider.resources.registry_placement import RegistryPlacement
from provider.resources.security_group import SecurityGroup
from provider.resources.security_group_attachment import SecurityGroupAttachment
from provider.resources.ssh_key import SshKey
from provider.resources.virtual_guest import VirtualGuest

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
