package main

import (
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
)

// primitives are upstream's scalar types under their Pulumi names.
var primitives = map[shim.ValueType]string{
	shim.TypeBool:   "boolean",
	shim.TypeInt:    "integer",
	shim.TypeFloat:  "number",
	shim.TypeString: "string",
}

// typeOf is the Pulumi type of a field. A list of at most one item is that item.
func (b *schemaBuilder) typeOf(name string, field shim.Schema, info *tfbridge.SchemaInfo) schema.TypeSpec {
	if primitive, ok := primitives[field.Type()]; ok {
		return schema.TypeSpec{Type: primitive}
	}
	element := b.elementOf(name, field, info)
	switch {
	case field.Type() == shim.TypeMap:
		return schema.TypeSpec{Type: "object", AdditionalProperties: &element}
	case tfbridge.IsMaxItemsOne(field, info):
		return element
	default:
		return schema.TypeSpec{Type: "array", Items: &element}
	}
}

// elementOf is the type of what a list, set or map holds; text when upstream does not say.
func (b *schemaBuilder) elementOf(name string, field shim.Schema, info *tfbridge.SchemaInfo) schema.TypeSpec {
	var nested *tfbridge.SchemaInfo
	if info != nil {
		nested = info.Elem
	}
	switch element := field.Elem().(type) {
	case shim.Schema:
		return b.typeOf(name, element, nested)
	case shim.Resource:
		var fields map[string]*tfbridge.SchemaInfo
		if nested != nil {
			fields = nested.Fields
		}
		return b.nestedObject(name, element, fields)
	default:
		return schema.TypeSpec{Type: "string"}
	}
}

func (b *schemaBuilder) nestedObject(
	name string, object shim.Resource, infos map[string]*tfbridge.SchemaInfo,
) schema.TypeSpec {
	// One type serves inputs and outputs, so it holds what only upstream sets, too.
	_, required, properties := b.object(name, object.Schema(), infos)
	token := "docker:index/" + name + ":" + name
	b.spec.Types[token] = schema.ComplexTypeSpec{
		ObjectTypeSpec: schema.ObjectTypeSpec{Type: "object", Properties: properties, Required: required},
	}
	return schema.TypeSpec{Ref: "#/types/" + token}
}

// tokenName is the last part of a token: Container of docker:index/container:Container.
func tokenName(token string) string {
	return token[strings.LastIndex(token, ":")+1:]
}
