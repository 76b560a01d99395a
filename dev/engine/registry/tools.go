//go:build tools

package engine

import _ "github.com/distribution/distribution/v3/cmd/registry"
