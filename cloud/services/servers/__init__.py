"""The services of virtual servers, bare metal, and what belongs to both."""
