package main

import (
	"fmt"

	"github.com/softlayer/softlayer-go/datatypes"
	"github.com/softlayer/softlayer-go/filter"
	"github.com/softlayer/softlayer-go/services"
	"github.com/softlayer/softlayer-go/session"
	"github.com/softlayer/softlayer-go/sl"
)

const ordered = 7

// paging orders some servers, and reads them page by page, filtered, and with how many there are.
func paging(sess *session.Session) (map[string]any, error) {
	templates := make([]datatypes.Virtual_Guest, ordered)
	for at := range templates {
		templates[at] = *guestTemplate(fmt.Sprintf("page%d", at))
	}
	if _, err := services.GetVirtualGuestService(sess).CreateObjects(templates); err != nil {
		return nil, err
	}
	account := services.GetAccountService(sess).Mask("hostname")
	var pages [][]string
	for offset := 0; offset < ordered; offset += 3 {
		page, err := account.Limit(3).Offset(offset).GetVirtualGuests()
		if err != nil {
			return nil, err
		}
		pages = append(pages, hostnames(page))
	}
	some, err := account.Filter(filter.Build(
		filter.Path("virtualGuests.hostname").In("page1", "page4"),
		filter.Path("virtualGuests.datacenter.name").Eq("dal13"),
	)).GetVirtualGuests()
	if err != nil {
		return nil, err
	}
	options := sl.Options{Mask: "mask[hostname]", Limit: sl.Int(2)}
	var first []datatypes.Virtual_Guest
	if err := sess.DoRequest("SoftLayer_Account", "getVirtualGuests", nil, &options, &first); err != nil {
		return nil, err
	}
	return map[string]any{
		"pages": pages, "some": hostnames(some), "first": hostnames(first), "total": options.TotalItems,
	}, nil
}

func hostnames(guests []datatypes.Virtual_Guest) []string {
	names := make([]string, len(guests))
	for at, guest := range guests {
		names[at] = *guest.Hostname
	}
	return names
}
