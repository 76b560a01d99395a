// Package shim opens the constructor of the upstream Docker provider, which upstream keeps internal.
//
// Go lets only packages below the path of the parent import an internal one, hence this module's name.
package shim

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// NewProvider returns upstream's provider, unconfigured. The version appears only in its user agent.
func NewProvider(version string) *schema.Provider {
	return provider.New(version)()
}
