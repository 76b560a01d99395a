// Command pulumi-resource-docker is the Pulumi plugin for Docker, bridged from the same upstream
// Terraform provider as the published plugin of the version in version.go.
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

func main() {
	info := providerInfo()
	schema, err := packageSchema(info)
	if err != nil {
		fmt.Fprintf(os.Stderr, "pulumi-resource-docker: cannot describe the provider: %v\n", err)
		os.Exit(1)
	}
	tfbridge.Main("docker", version, info, schema)
}
