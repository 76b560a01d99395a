package main

import (
	"encoding/json"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// moduleFormat takes the module "index" out of tokens such as docker:index/container:Container.
const moduleFormat = "(.*)(?:/[^/]*)"

// packageSchema describes the plugin's tokens, property names and secrets, as GetSchema hands them out. It is
// derived from upstream at start: enough to check programs against, without the published texts. Types of
// nested objects carry names of this plugin's own.
func packageSchema(info tfbridge.ProviderInfo) ([]byte, error) {
	builder := schemaBuilder{spec: schema.PackageSpec{
		Name:      info.Name,
		Version:   info.Version,
		Meta:      &schema.MetadataSpec{ModuleFormat: moduleFormat},
		Types:     map[string]schema.ComplexTypeSpec{},
		Resources: map[string]schema.ResourceSpec{},
	}}
	inputs, required, _ := builder.object("Provider", info.P.Schema(), info.Config)
	builder.spec.Config = schema.ConfigSpec{Variables: inputs}
	builder.spec.Provider = schema.ResourceSpec{InputProperties: inputs, RequiredInputs: required}
	info.P.ResourcesMap().Range(func(name string, resource shim.Resource) bool {
		if mapped := info.Resources[name]; mapped != nil {
			token := string(mapped.Tok)
			builder.spec.Resources[token] = builder.resource(tokenName(token), resource, mapped)
		}
		return true
	})
	return json.Marshal(builder.spec)
}

// schemaBuilder collects the types of nested objects while it walks.
type schemaBuilder struct {
	spec schema.PackageSpec
}

func (b *schemaBuilder) resource(
	name string, resource shim.Resource, info *tfbridge.ResourceInfo,
) schema.ResourceSpec {
	inputs, required, outputs := b.object(name, resource.Schema(), info.Fields)
	delete(inputs, "id")
	delete(outputs, "id")
	return schema.ResourceSpec{
		ObjectTypeSpec:  schema.ObjectTypeSpec{Type: "object", Properties: outputs},
		InputProperties: inputs,
		RequiredInputs:  required,
	}
}

// object returns the inputs, the names of those that must be there, and the outputs, which hold the inputs.
func (b *schemaBuilder) object(
	name string, fields shim.SchemaMap, infos map[string]*tfbridge.SchemaInfo,
) (inputs map[string]schema.PropertySpec, required []string, outputs map[string]schema.PropertySpec) {
	inputs, outputs = map[string]schema.PropertySpec{}, map[string]schema.PropertySpec{}
	fields.Range(func(upstream string, field shim.Schema) bool {
		property := tfbridge.TerraformToPulumiNameV2(upstream, fields, infos)
		spec := schema.PropertySpec{
			TypeSpec:             b.typeOf(name+"_"+property, field, infos[upstream]),
			Secret:               field.Sensitive(),
			WillReplaceOnChanges: field.ForceNew(),
		}
		outputs[property] = spec
		if field.Optional() || field.Required() {
			inputs[property] = spec
		}
		if field.Required() && !field.HasDefault() && !named(infos[upstream]) {
			required = append(required, property)
		}
		return true
	})
	return inputs, required, outputs
}

// named tells whether the bridge gives the field a value when the program does not.
func named(info *tfbridge.SchemaInfo) bool {
	return info != nil && info.Default != nil
}
