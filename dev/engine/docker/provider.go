package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/terraform-providers/terraform-provider-docker/shim"
)

// providerInfo maps upstream's resources and data sources to the tokens and property names of the
// published plugin. Source: the classes of the pulumi_docker package, against which tests/engine checks it.
func providerInfo() tfbridge.ProviderInfo {
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(shim.NewProvider(version)),
		Name:    "docker",
		Version: version,
		Config:  map[string]*tfbridge.SchemaInfo{"registry_auth": {Name: "registryAuth"}},
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_container": container(),
			"docker_image":     remoteImage(),
			"docker_config":    {Tok: "docker:index/serviceConfig:ServiceConfig"},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("docker_", "index", tokens.MakeStandard("docker")))
	info.SetAutonaming(255, "-")
	return info
}

// container keeps the plural-less names of two lists, and never has two containers of one name at once.
func container() *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{
		Tok:                 "docker:index/container:Container",
		DeleteBeforeReplace: true,
		Fields: map[string]*tfbridge.SchemaInfo{
			"command":           {Name: "command"},
			"networks_advanced": {Name: "networksAdvanced"},
		},
	}
}

// remoteImage takes the name of an image as it is: autonaming would pull a name that does not exist.
func remoteImage() *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{
		Tok:    "docker:index/remoteImage:RemoteImage",
		Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
	}
}
