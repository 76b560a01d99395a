// Command pulumi-resource-command is a stand-in for the Pulumi plugin of the same name, for machines that
// cannot download the published one. It keeps that plugin's contract for remote.Command and
// remote.CopyToRemote; the classes of the pulumi_command package are the specification.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/pulumi/pulumi-go-provider/infer"
	"pulumi.local/engine/command/remote"
)

// version is the published release whose contract this plugin keeps, without "v".
const version = "1.2.1"

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-command: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	provider, err := infer.NewProviderBuilder().
		WithDisplayName("Command").
		WithDescription("Runs commands on, and copies files to, remote machines.").
		WithResources(
			infer.Resource(&remote.Command{}),
			infer.Resource(&remote.CopyToRemote{}),
		).
		Build()
	if err != nil {
		return err
	}
	return provider.Run(context.Background(), "command", version)
}
