"""SoftLayer_Product_Order: verifyOrder and placeOrder. placeOrder verifies too."""

from cloud import faults
from cloud.account.account import Account
from cloud.account.placement import check_placement
from cloud.account.requests import OrderRequest
from cloud.orders.container import read_orders
from cloud.orders.guest_upgrade import is_upgrade, place_upgrades, read_upgrades
from cloud.orders.order_response import receipt, verified
from cloud.orders.upgrade_response import upgrade_receipt, verified_upgrades
from cloud.services.service import Call, Service
from cloud.values import Value, structure

NAME = "SoftLayer_Product_Order"


def product_order_service(account: Account) -> Service:
    """The service; an order books everything it asks for or nothing."""

    def checked(call: Call) -> tuple[OrderRequest, ...]:
        requests = read_orders(call.argument(0))
        for guest in (guest for one in requests for guest in one.guests):
            account.check_keys(guest)
            account.check_groups(guest)
        for server in (server for one in requests for server in one.hardware):
            account.key_texts(server.key_ids)
        check_placement(account.store, requests)
        return requests

    def verify(call: Call) -> Value:
        if is_upgrade(call.argument(0)):
            upgrades = read_upgrades(account, call.argument(0))
            return structure("SoftLayer_Container_Product_Order", verified_upgrades(upgrades))
        return structure("SoftLayer_Container_Product_Order", verified(checked(call)))

    def place(call: Call) -> Value:
        if call.argument(1):
            raise faults.invalid_order("Quotes are not offered by this cloud; leave saveAsQuote out.")
        if is_upgrade(call.argument(0)):
            upgrades = read_upgrades(account, call.argument(0))
            return structure("", upgrade_receipt(place_upgrades(account, upgrades), upgrades))
        return structure("", receipt(account.place(checked(call))))

    return Service(NAME, None, {"verifyOrder": verify, "placeOrder": place})
