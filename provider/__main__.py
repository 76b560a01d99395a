"""`python -m provider`: what the executable `pulumi-resource-softlayer` runs."""

import sys

from provider.protocol.server import main

sys.exit(main(sys.argv[1:]))
