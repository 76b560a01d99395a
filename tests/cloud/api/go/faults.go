package main

import (
	"errors"
	"fmt"

	"github.com/softlayer/softlayer-go/datatypes"
	"github.com/softlayer/softlayer-go/services"
	"github.com/softlayer/softlayer-go/session"
	"github.com/softlayer/softlayer-go/sl"
)

// failing makes calls that must fail, and tells how each did.
func failing(sess *session.Session) (map[string]any, error) {
	guests := services.GetVirtualGuestService(sess)
	nameless := guestTemplate("nameless")
	nameless.Hostname = nil
	placeless := guestTemplate("placeless")
	placeless.Datacenter = &datatypes.Location{Name: sl.String("xyz99")}
	stranger := *sess
	stranger.APIKey = "wrong"
	calls := map[string]func() error{
		"not found":     func() error { _, err := guests.Id(1).GetObject(); return err },
		"bad mask":      func() error { _, err := services.GetAccountService(sess).Mask("nonsense").GetObject(); return err },
		"missing field": func() error { _, err := guests.CreateObject(nameless); return err },
		"no datacenter": func() error { _, err := guests.CreateObject(placeless); return err },
		"bad order": func() error {
			_, err := services.GetProductOrderService(sess).PlaceOrder(
				&datatypes.Container_Product_Order{PackageId: sl.Int(46), Location: sl.String("dal13")}, sl.Bool(false))
			return err
		},
		"wrong key": func() error { _, err := services.GetAccountService(&stranger).GetObject(); return err },
	}
	faults := map[string]any{}
	for name, call := range calls {
		var apiError sl.Error
		if err := call(); !errors.As(err, &apiError) {
			return nil, fmt.Errorf("%s: %v is no fault of the API", name, err)
		}
		faults[name] = fault(apiError)
	}
	return faults, nil
}
