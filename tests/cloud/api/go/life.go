package main

import (
	"github.com/softlayer/softlayer-go/datatypes"
	"github.com/softlayer/softlayer-go/filter"
	"github.com/softlayer/softlayer-go/services"
	"github.com/softlayer/softlayer-go/session"
	"github.com/softlayer/softlayer-go/sl"
)

const publicKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f foreign@example.com"

// life is a server's: a key, an order by template, tags, transactions, a list, its end.
func life(sess *session.Session) (map[string]any, error) {
	keys := services.GetSecuritySshKeyService(sess)
	key, err := keys.CreateObject(&datatypes.Security_Ssh_Key{Label: sl.String("foreign"), Key: sl.String(publicKey)})
	if err != nil {
		return nil, err
	}
	receipt, err := order(sess, guestTemplate("life", *key.Id))
	if err != nil {
		return nil, err
	}
	id := *receipt.OrderDetails.VirtualGuests[0].Id
	guests := services.GetVirtualGuestService(sess)
	tagged, err := guests.Id(id).SetTags(sl.String("red, blue"))
	if err != nil {
		return nil, err
	}
	if err := ready(sess, id); err != nil {
		return nil, err
	}
	listed, err := services.GetAccountService(sess).
		Mask("id,hostname,provisionDate,powerState[keyName],tagReferences[tag[name]],billingItem[hourlyRecurringFee]," +
			"datacenter[name],operatingSystem[softwareLicense[softwareDescription[referenceCode]]]").
		Filter(filter.Path("virtualGuests.hostname").Eq("life").Build()).
		GetVirtualGuests()
	if err != nil {
		return nil, err
	}
	pingable, err := guests.Id(id).IsPingable()
	if err != nil {
		return nil, err
	}
	end, err := leave(sess, id, *key.Id)
	return map[string]any{
		"key": key, "receipt": receipt, "tagged": tagged, "listed": listed, "pingable": pingable,
		"end": end,
	}, err
}

// order is how libraries of old order: the template goes back as it came.
func order(sess *session.Session, guest *datatypes.Virtual_Guest) (datatypes.Container_Product_Order_Receipt, error) {
	template, err := services.GetVirtualGuestService(sess).GenerateOrderTemplate(guest)
	if err != nil {
		return datatypes.Container_Product_Order_Receipt{}, err
	}
	orders := services.GetProductOrderService(sess)
	if _, err := orders.VerifyOrder(&template); err != nil {
		return datatypes.Container_Product_Order_Receipt{}, err
	}
	return orders.PlaceOrder(&template, sl.Bool(false))
}

func leave(sess *session.Session, guest, key int) (map[string]any, error) {
	deleted, err := services.GetVirtualGuestService(sess).Id(guest).DeleteObject()
	if err != nil {
		return nil, err
	}
	deletionFault, err := awaitDeletion(sess, guest)
	if err != nil {
		return nil, err
	}
	removed, err := services.GetSecuritySshKeyService(sess).Id(key).DeleteObject()
	return map[string]any{"deleted": deleted, "removed": removed, "fault": deletionFault}, err
}
