//go:build tools

package engine

import _ "github.com/opencontainers/distribution-spec/conformance"
