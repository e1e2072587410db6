package testcases

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Case is one command and what is expected of it. An expectation is a text that must be there, or, behind "! ", must
// not.
type Case struct {
	Name string `yaml:"name"`
	// command lines for sh, one after the other; tallystick is the built program
	Run     texts               `yaml:"run"`
	Exit    int                 `yaml:"exit"`    // of the last command; those before it must end with 0
	Stdout  texts               `yaml:"stdout"`  // of all commands
	Stderr  texts               `yaml:"stderr"`  // of all commands
	Files   map[string][]string `yaml:"files"`   // written by the commands
	Seconds int                 `yaml:"seconds"` // time limit; 0 means 60

	Folder string `yaml:"-"` // with its input files
}

// texts is one text or a list.
type texts []string

// UnmarshalYAML takes both.
func (t *texts) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*t = texts{n.Value}
		return nil
	}
	return n.Decode((*[]string)(t))
}

// Load reads the cases of a folder and those below it: the lists in files called cases.yaml or ending in .cases.yaml. A
// folder without a case is an error.
func Load(folder string) ([]Case, error) {
	var all []Case
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Name() != "cases.yaml" &&
			!strings.HasSuffix(entry.Name(), ".cases.yaml") {
			return err
		}
		found, err := read(path)
		if err != nil {
			return fmt.Errorf("cases of %s: %w", path, err)
		}
		all = append(all, found...)
		return nil
	})
	if err == nil && len(all) == 0 {
		err = errors.New("no cases: they stand in files called cases.yaml or ending in .cases.yaml")
	}
	if err != nil {
		return nil, fmt.Errorf("read the cases of %s: %w", folder, err)
	}
	return all, nil
}

func read(path string) ([]Case, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var cases []Case
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&cases); err != nil {
		return nil, err
	}
	for i := range cases {
		c := &cases[i]
		if c.Folder = filepath.Dir(path); c.Name == "" || len(c.Run) == 0 {
			return nil, fmt.Errorf("case %d: a case has a name and a command to run", i+1)
		}
		if c.Exit == 0 && len(c.Stdout)+len(c.Stderr)+len(c.Files) == 0 {
			return nil, fmt.Errorf("case %q expects nothing", c.Name)
		}
	}
	return cases, nil
}
