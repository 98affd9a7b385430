package config

import _ "embed"

//go:embed example.toml
var example string

// Example is a whole config, with what each key means: what `vigie example-config` prints.
func Example() string { return example }
