"""The resources GlobalIp, PlacementGroup, SecurityGroup and SecurityGroupAttachment."""
