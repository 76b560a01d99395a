"""SoftLayer (IBM Cloud classic) for Pulumi programs: the classes that `provider/` serves.

Committed by hand and held against `provider/schema.json` by a test, since code generation wants a plugin
from the registry. Every class takes keyword arguments of type `pulumi.Input` and shows what came of them
as `pulumi.Output`; units and ranges stand at each argument. The folder is flat, a file for each token of the
schema, since a resource or a function is searched for by its name.
"""

from pulumi_softlayer.bare_metal_server import BareMetalServer, BareMetalServerArgs
from pulumi_softlayer.destroy_check import DestroyCheck, DestroyCheckArgs
from pulumi_softlayer.dns_domain import DnsDomain, DnsDomainArgs
from pulumi_softlayer.get_datacenters import (
    GetDatacentersDatacenter,
    GetDatacentersResult,
    get_datacenters,
    get_datacenters_output,
)
from pulumi_softlayer.get_flavors import GetFlavorsFlavor, GetFlavorsResult, get_flavors, get_flavors_output
from pulumi_softlayer.get_images import (
    GetImagesOperatingSystem,
    GetImagesPrivateImage,
    GetImagesResult,
    get_images,
    get_images_output,
)
from pulumi_softlayer.get_objects import GetObjectsResult, get_objects, get_objects_output
from pulumi_softlayer.get_prices import GetPricesPrice, GetPricesResult, get_prices, get_prices_output
from pulumi_softlayer.get_server import GetServerResult, get_server, get_server_output
from pulumi_softlayer.get_subnet import GetSubnetResult, get_subnet, get_subnet_output
from pulumi_softlayer.get_vlan import GetVlanResult, get_vlan, get_vlan_output
from pulumi_softlayer.global_ip import GlobalIp, GlobalIpArgs
from pulumi_softlayer.object_storage_account import (
    ObjectStorageAccount,
    ObjectStorageAccountArgs,
    ObjectStorageCredential,
    ObjectStorageEndpoint,
)
from pulumi_softlayer.object_storage_container import ObjectStorageContainer, ObjectStorageContainerArgs
from pulumi_softlayer.placement_group import PlacementGroup, PlacementGroupArgs
from pulumi_softlayer.provider import Provider, ProviderArgs
from pulumi_softlayer.random_secret import RandomSecret, RandomSecretArgs
from pulumi_softlayer.registry_placement import RegistryPlacement, RegistryPlacementArgs
from pulumi_softlayer.security_group import (
    SecurityGroup,
    SecurityGroupArgs,
    SecurityGroupRule,
    SecurityGroupRuleArgs,
)
from pulumi_softlayer.security_group_attachment import SecurityGroupAttachment, SecurityGroupAttachmentArgs
from pulumi_softlayer.ssh_key import SshKey, SshKeyArgs
from pulumi_softlayer.virtual_guest import VirtualGuest, VirtualGuestArgs

__all__ = [
    "BareMetalServer",
    "BareMetalServerArgs",
    "DestroyCheck",
    "DestroyCheckArgs",
    "DnsDomain",
    "DnsDomainArgs",
    "GetDatacentersDatacenter",
    "GetDatacentersResult",
    "GetFlavorsFlavor",
    "GetFlavorsResult",
    "GetImagesOperatingSystem",
    "GetImagesPrivateImage",
    "GetImagesResult",
    "GetObjectsResult",
    "GetPricesPrice",
    "GetPricesResult",
    "GetServerResult",
    "GetSubnetResult",
    "GetVlanResult",
    "GlobalIp",
    "GlobalIpArgs",
    "ObjectStorageAccount",
    "ObjectStorageAccountArgs",
    "ObjectStorageContainer",
    "ObjectStorageContainerArgs",
    "ObjectStorageCredential",
    "ObjectStorageEndpoint",
    "PlacementGroup",
    "PlacementGroupArgs",
    "Provider",
    "ProviderArgs",
    "RandomSecret",
    "RandomSecretArgs",
    "RegistryPlacement",
    "RegistryPlacementArgs",
    "SecurityGroup",
    "SecurityGroupArgs",
    "SecurityGroupAttachment",
    "SecurityGroupAttachmentArgs",
    "SecurityGroupRule",
    "SecurityGroupRuleArgs",
    "SshKey",
    "SshKeyArgs",
    "VirtualGuest",
    "VirtualGuestArgs",
    "get_datacenters",
    "get_datacenters_output",
    "get_flavors",
    "get_flavors_output",
    "get_images",
    "get_images_output",
    "get_objects",
    "get_objects_output",
    "get_prices",
    "get_prices_output",
    "get_server",
    "get_server_output",
    "get_subnet",
    "get_subnet_output",
    "get_vlan",
    "get_vlan_output",
]
