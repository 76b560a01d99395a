package main

// version is the published release whose contract (tokens, property names) this plugin keeps, without "v".
const version = "5.2.0"
