"""Every service of this cloud, by name."""

from cloud.account.account import Account
from cloud.services.account import account_service
from cloud.services.empty_lists import empty_list_services
from cloud.services.event_log import event_log_service
from cloud.services.location import location_services
from cloud.services.network.global_ip import global_ip_services
from cloud.services.network.security_group import security_group_services
from cloud.services.network.vlan import network_services
from cloud.services.network_storage import network_storage_services
from cloud.services.ordering.billing import billing_services
from cloud.services.ordering.product_order import product_order_service
from cloud.services.ordering.product_package import product_package_services
from cloud.services.ordering.ticket import ticket_service
from cloud.services.servers.hardware import hardware_services
from cloud.services.servers.placement_group import placement_group_services
from cloud.services.servers.ssh_key import ssh_key_service
from cloud.services.servers.virtual_guest import virtual_guest_service
from cloud.services.service import Service, merge_by_name


def all_services(account: Account) -> dict[str, Service]:
    """The services an account can call."""
    services = (
        account_service(account),
        ssh_key_service(account),
        virtual_guest_service(account),
        product_order_service(account),
        ticket_service(account),
        *billing_services(account),
        *empty_list_services(),
        *hardware_services(account),
        *location_services(),
        *product_package_services(),
        *network_services(account),
        *network_storage_services(account),
        *placement_group_services(account),
        *security_group_services(account),
        event_log_service(account),
        *global_ip_services(account),
    )
    return merge_by_name(services)
