package main

import (
	"github.com/softlayer/softlayer-go/datatypes"
	"github.com/softlayer/softlayer-go/helpers/product"
	"github.com/softlayer/softlayer-go/services"
	"github.com/softlayer/softlayer-go/session"
	"github.com/softlayer/softlayer-go/sl"
)

// readMask asks for what terraform-provider-ibm reads of a virtual server.
const readMask = "hostname,domain,blockDevices[diskImage],startCpus,maxMemory,dedicatedAccountHostOnlyFlag," +
	"operatingSystemReferenceCode,blockDeviceTemplateGroup[id],transientGuestFlag," +
	"billingItem[orderItem[preset[keyName]]],primaryIpAddress,primaryBackendIpAddress,privateNetworkOnlyFlag," +
	"hourlyBillingFlag,localDiskFlag,allowedNetworkStorage[id,nasType],notes,userData[value]," +
	"tagReferences[id,tag[name]],datacenter[id,name,longName],sshKeys,status[keyName,name]," +
	"reservedCapacityGroup[id,name],dedicatedHost[id,name],placementGroup[id,name]," +
	"primaryNetworkComponent[networkVlan[id],subnets," +
	"primaryVersion6IpAddressRecord[subnet,guestNetworkComponentBinding[ipAddressId]]," +
	"primaryIpAddressRecord[subnet,guestNetworkComponentBinding[ipAddressId]]," +
	"securityGroupBindings[securityGroup]]," +
	"primaryBackendNetworkComponent[networkVlan[id]," +
	"primaryIpAddressRecord[subnet,guestNetworkComponentBinding[ipAddressId]]," +
	"securityGroupBindings[securityGroup]],evaultNetworkStorage[capacityGb]"

const itemMask = "id,capacity,description,units,keyName,prices[id,locationGroupId,categories[id,name,categoryCode]]"

// terraform makes the calls of terraform-provider-ibm's ibm_compute_vm_instance, in its order.
func terraform(sess *session.Session) (map[string]any, error) {
	receipt, err := terraformOrder(sess)
	if err != nil {
		return nil, err
	}
	// The provider reads the number here and nowhere else; without it, it panics.
	id := *receipt.OrderDetails.OrderContainers[0].VirtualGuests[0].Id
	guests := services.GetVirtualGuestService(sess)
	if _, err := guests.Id(id).SetTags(sl.String("one,two")); err != nil {
		return nil, err
	}
	if err := ready(sess, id); err != nil {
		return nil, err
	}
	whole, err := guests.Id(id).GetObject()
	if err != nil {
		return nil, err
	}
	whole.Notes = sl.String("written by Terraform")
	if _, err := guests.Id(id).EditObject(&whole); err != nil {
		return nil, err
	}
	read, err := guests.Id(id).Mask(readMask).GetObject()
	if err != nil {
		return nil, err
	}
	subnets, err := services.GetAccountService(sess).Mask("ipAddresses[id,ipAddress],subnetType").GetPublicSubnets()
	if err != nil {
		return nil, err
	}
	if err := idle(sess, id); err != nil {
		return nil, err
	}
	deleted, err := guests.Id(id).DeleteObject()
	if err != nil {
		return nil, err
	}
	deletionFault, err := awaitDeletion(sess, id)
	return map[string]any{"read": read, "subnets": len(subnets), "deleted": deleted, "fault": deletionFault}, err
}

func terraformOrder(sess *session.Session) (datatypes.Container_Product_Order_Receipt, error) {
	guest := guestTemplate("terraform")
	guest.UserData = []datatypes.Virtual_Guest_Attribute{{Value: sl.String("data")}}
	guest.NetworkComponents = []datatypes.Virtual_Guest_Network_Component{{MaxSpeed: sl.Int(100)}}
	template, err := services.GetVirtualGuestService(sess).GenerateOrderTemplate(guest)
	if err != nil {
		return datatypes.Container_Product_Order_Receipt{}, err
	}
	if _, err := product.GetPackageProducts(sess, *template.PackageId, itemMask); err != nil {
		return datatypes.Container_Product_Order_Receipt{}, err
	}
	template.Quantity = sl.Int(1)
	template.VirtualGuests[0] = *guest
	order := &datatypes.Container_Product_Order{OrderContainers: []datatypes.Container_Product_Order{template}}
	return services.GetProductOrderService(sess.SetRetries(0)).PlaceOrder(order, sl.Bool(false))
}
