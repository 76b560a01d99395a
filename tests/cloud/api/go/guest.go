package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/softlayer/softlayer-go/datatypes"
	"github.com/softlayer/softlayer-go/services"
	"github.com/softlayer/softlayer-go/session"
	"github.com/softlayer/softlayer-go/sl"
)

const (
	domain   = "example.com"
	patience = 30 * time.Second
	pause    = 50 * time.Millisecond
)

// guestTemplate is the server every scenario orders.
func guestTemplate(hostname string, keys ...int) *datatypes.Virtual_Guest {
	guest := &datatypes.Virtual_Guest{
		Hostname:                     sl.String(hostname),
		Domain:                       sl.String(domain),
		Datacenter:                   &datatypes.Location{Name: sl.String("dal13")},
		StartCpus:                    sl.Int(1),
		MaxMemory:                    sl.Int(1024),
		HourlyBillingFlag:            sl.Bool(true),
		LocalDiskFlag:                sl.Bool(false),
		OperatingSystemReferenceCode: sl.String("UBUNTU_22_64"),
	}
	for _, key := range keys {
		guest.SshKeys = append(guest.SshKeys, datatypes.Security_Ssh_Key{Id: sl.Int(key)})
	}
	return guest
}

// until calls ask until it says yes or fails, or patience ends.
func until(what string, ask func() (bool, error)) error {
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(pause) {
		if done, err := ask(); done || err != nil {
			return err
		}
	}
	return fmt.Errorf("%s: not within %s", what, patience)
}

// ready waits as Terraform does: no transaction, and both addresses.
func ready(sess *session.Session, id int) error {
	service := services.GetVirtualGuestService(sess)
	return until("ready", func() (bool, error) {
		server, err := service.Id(id).Mask("activeTransaction,primaryBackendIpAddress,primaryIpAddress").GetObject()
		return err == nil && server.ActiveTransaction == nil && server.PrimaryBackendIpAddress != nil &&
			server.PrimaryIpAddress != nil, err
	})
}

// idle waits until no transaction is left, as Terraform does before it deletes.
func idle(sess *session.Session, id int) error {
	service := services.GetVirtualGuestService(sess)
	return until("idle", func() (bool, error) {
		transactions, err := service.Id(id).GetActiveTransactions()
		return err == nil && len(transactions) == 0, err
	})
}

// awaitDeletion waits until the API does not find the server any more; it returns the fault.
func awaitDeletion(sess *session.Session, id int) (map[string]any, error) {
	var last sl.Error
	err := until("gone", func() (bool, error) {
		_, err := services.GetVirtualGuestService(sess).Id(id).GetObject()
		if errors.As(err, &last) {
			return true, nil
		}
		return false, err
	})
	return fault(last), err
}

func fault(err sl.Error) map[string]any {
	return map[string]any{"status": err.StatusCode, "code": err.Exception, "text": err.Message}
}
