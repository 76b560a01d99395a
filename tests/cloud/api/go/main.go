// Command foreign drives the local cloud through softlayer-go, a client this project did not write.
//
// usage: foreign life|transaction|terraform|paging|faults
//
// The account and the wire come from SL_USERNAME, SL_API_KEY and SL_ENDPOINT_URL, as for any program that
// uses the library; the result goes to standard output as one JSON object.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/softlayer/softlayer-go/session"
)

type scenario func(*session.Session) (map[string]any, error)

var scenarios = map[string]scenario{
	"life":        life,
	"terraform":   terraform,
	"paging":      paging,
	"faults":      failing,
	"transaction": transaction,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "foreign:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 1 || scenarios[arguments[0]] == nil {
		return fmt.Errorf("usage: foreign life|transaction|terraform|paging|faults")
	}
	result, err := scenarios[arguments[0]](session.New())
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
