module softlayer-registry/tests/cloud/go

go 1.25.8

require github.com/softlayer/softlayer-go v1.2.0

require (
	github.com/softlayer/xmlrpc v0.0.0-20200409220501-5f089df7cb7e // indirect
	golang.org/x/text v0.28.0 // indirect
)
