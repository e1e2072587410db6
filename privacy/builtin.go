package privacy

import (
	_ "embed"
	"fmt"
)

//go:embed policy/feeds.yaml
var feedsPolicy []byte

// PolicyNames are the policies that come with the program.
var PolicyNames = []string{"default", "feeds"}

// NamedPolicy returns a policy that comes with the program: default, or feeds, which is the default and opens the
// attributes that the mappings of the two public feeds add and that tell nothing of a person.
func NamedPolicy(name string) (*Policy, error) {
	switch name {
	case "default":
		return DefaultPolicy()
	case "feeds":
		return LoadPolicy(Source{Name: "feeds", Text: feedsPolicy})
	}
	return nil, fmt.Errorf("there is no built-in policy %q; there are %v", name, PolicyNames)
}
