module misbehaving

go 1.25.8
