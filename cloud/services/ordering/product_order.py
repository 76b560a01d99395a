"""SoftLayer_Product_Order: verifyOrder and placeOrder. placeOrder verifies too."""

from cloud import faults
from cloud.account.account import Account
from cloud.account.placement import check_placement
from cloud.account.requests import OrderRequest
from cloud.orders.container import read_orders
from cloud.orders.guest_upgrade import is_upgrade, place_upgrades, read_upgrades
from cloud.orders.order_response import order_response, verification_response
from cloud.orders.upgrade_response import upgrade_response, upgrade_verification_response
from cloud.services.service import Call, Service
from cloud.values import Value, structure

NAME = "SoftLayer_Product_Order"


def services(account: Account) -> tuple[Service, ...]:
    """Return the service; an order creates everything that it contains, or nothing."""

    def checked(call: Call) -> tuple[OrderRequest, ...]:
        requests = read_orders(call.argument(0))
        for guest in (guest for request in requests for guest in request.guests):
            account.check_keys(guest)
            account.check_groups(guest)
        for server in (server for request in requests for server in request.hardware):
            account.key_texts(server.key_ids)
        check_placement(account.store, requests)
        return requests

    def verify(call: Call) -> Value:
        if is_upgrade(call.argument(0)):
            upgrades = read_upgrades(account, call.argument(0))
            return structure("SoftLayer_Container_Product_Order", upgrade_verification_response(upgrades))
        return structure("SoftLayer_Container_Product_Order", verification_response(checked(call)))

    def place(call: Call) -> Value:
        if call.argument(1):
            raise faults.invalid_order("Quotes are not offered by this cloud; leave saveAsQuote out.")
        if is_upgrade(call.argument(0)):
            upgrades = read_upgrades(account, call.argument(0))
            return structure("", upgrade_response(place_upgrades(account, upgrades), upgrades))
        return structure("", order_response(account.place(checked(call))))

    return (Service(NAME, None, {"verifyOrder": verify, "placeOrder": place}),)
