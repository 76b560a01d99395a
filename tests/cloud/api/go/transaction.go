package main

import (
	"github.com/softlayer/softlayer-go/services"
	"github.com/softlayer/softlayer-go/session"
)

// transaction looks at a server while it is being made.
func transaction(sess *session.Session) (map[string]any, error) {
	guests := services.GetVirtualGuestService(sess)
	made, err := guests.CreateObject(guestTemplate("slow"))
	if err != nil {
		return nil, err
	}
	active, err := guests.Id(*made.Id).Mask("id,guestId,elapsedSeconds,transactionStatus[name,averageDuration]").
		GetActiveTransaction()
	if err != nil {
		return nil, err
	}
	counted, err := guests.Id(*made.Id).Mask("activeTransactionCount,provisionDate").GetObject()
	if err != nil {
		return nil, err
	}
	return map[string]any{
		"id": made.Id, "transaction": active, "count": counted.ActiveTransactionCount, "guest": counted,
	}, nil
}
