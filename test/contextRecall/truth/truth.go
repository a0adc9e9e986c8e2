// Lists the uses of names that Go's own type checker resolves to another file of the same module: `go run truth.go DIR`.
// One JSON object a line; offsets in UTF-16 units. The standard library is read from its sources; what else is missing is
// left out by the type checker, with all that depends on it.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/build"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// A use of a name, as the benchmark reads it.
type use struct {
	File            string `json:"file"`
	UseStart        int    `json:"useStart"`
	UseEnd          int    `json:"useEnd"`
	Name            string `json:"name"`
	Kind            string `json:"kind"`
	DefinitionFile  string `json:"definitionFile"`
	DefinitionStart int    `json:"definitionStart"`
	DefinitionEnd   int    `json:"definitionEnd"`
}

// The packages of one module, checked when they are first imported.
type module struct {
	files    *token.FileSet
	root     string
	path     string
	standard types.Importer
	checked  map[string]*types.Package
	// Where the head of what is declared at a place ends.
	heads map[token.Pos]token.Pos
	uses  map[*ast.Ident]types.Object
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: go run truth.go DIR")
		os.Exit(2)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	base := os.Args[1]
	err := filepath.WalkDir(base, func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Name() == "go.mod" {
			return checkModule(base, filepath.Dir(name), out)
		}
		return err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		out.Flush()
		os.Exit(1)
	}
}

func checkModule(base, root string, out *bufio.Writer) error {
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		return err
	}
	name := regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`).FindSubmatch(text)
	if name == nil {
		return fmt.Errorf("%s/go.mod names no module", root)
	}
	files := token.NewFileSet()
	m := &module{
		files:    files,
		root:     root,
		path:     string(name[1]),
		standard: importer.ForCompiler(files, "source", nil),
		checked:  map[string]*types.Package{},
		heads:    map[token.Pos]token.Pos{},
		uses:     map[*ast.Ident]types.Object{},
	}
	err = filepath.WalkDir(root, func(folder string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		isOther := folder != root && exists(filepath.Join(folder, "go.mod"))
		if isOther || entry.Name() == "vendor" || entry.Name() == "testdata" {
			return fs.SkipDir
		}
		relative, err := filepath.Rel(root, folder)
		if err == nil {
			// A folder without Go files, or one that does not parse, has no uses.
			_, _ = m.Import(path.Join(m.path, filepath.ToSlash(relative)))
		}
		return err
	})
	if err != nil {
		return err
	}
	return m.write(base, out)
}

func exists(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}

// Import implements types.Importer.
func (m *module) Import(name string) (*types.Package, error) {
	if name != m.path && !strings.HasPrefix(name, m.path+"/") {
		if first, _, _ := strings.Cut(name, "/"); strings.Contains(first, ".") {
			return nil, fmt.Errorf("%s is not at hand", name)
		}
		return m.standard.Import(name)
	}
	if known, ok := m.checked[name]; ok {
		if known == nil {
			return nil, fmt.Errorf("%s is imported in a circle, or has no files", name)
		}
		return known, nil
	}
	m.checked[name] = nil
	folder := filepath.Join(m.root, filepath.FromSlash(strings.TrimPrefix(strings.TrimPrefix(name, m.path), "/")))
	described, err := build.Default.ImportDir(folder, 0)
	if described == nil || len(described.GoFiles) == 0 {
		return nil, fmt.Errorf("%s: %v", name, err)
	}
	var parsed []*ast.File
	for _, file := range described.GoFiles {
		tree, err := parser.ParseFile(m.files, filepath.Join(folder, file), nil, parser.SkipObjectResolution)
		if err == nil {
			parsed = append(parsed, tree)
			m.findHeads(tree)
		}
	}
	info := &types.Info{Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: m, FakeImportC: true, Error: func(error) {}}
	checked, _ := config.Check(name, m.files, parsed, info)
	for identifier, object := range info.Uses {
		m.uses[identifier] = object
	}
	m.checked[name] = checked
	return checked, nil
}

// findHeads notes for each declared name where its head ends: before the body, or at the end of the line.
func (m *module) findHeads(file *ast.File) {
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncDecl:
			m.heads[node.Name.Pos()] = node.Type.End()
		case *ast.TypeSpec:
			switch kind := node.Type.(type) {
			case *ast.StructType:
				m.heads[node.Name.Pos()] = kind.Fields.Opening
			case *ast.InterfaceType:
				m.heads[node.Name.Pos()] = kind.Methods.Opening
			default:
				m.heads[node.Name.Pos()] = m.firstLine(node.Name.Pos(), node.End())
			}
		case *ast.ValueSpec:
			for _, name := range node.Names {
				m.heads[name.Pos()] = m.firstLine(name.Pos(), node.End())
			}
		case *ast.Field:
			for _, name := range node.Names {
				if _, isMethod := node.Type.(*ast.FuncType); isMethod {
					m.heads[name.Pos()] = node.Type.End()
				} else {
					m.heads[name.Pos()] = m.firstLine(name.Pos(), node.Type.End())
				}
			}
			if len(node.Names) == 0 {
				ast.Inspect(node.Type, func(inner ast.Node) bool {
					if identifier, ok := inner.(*ast.Ident); ok {
						m.heads[identifier.Pos()] = identifier.End()
					}
					return true
				})
			}
		}
		return true
	})
}

func (m *module) firstLine(start, end token.Pos) token.Pos {
	file := m.files.File(start)
	line := file.Line(start)
	if line < file.LineCount() {
		if next := file.LineStart(line+1) - 1; next < end {
			return next
		}
	}
	return end
}

func (m *module) write(base string, out *bufio.Writer) error {
	texts := map[string]*text{}
	var found []use
	for identifier, object := range m.uses {
		kind, origin := describe(object)
		end, isDeclared := m.heads[origin.Pos()]
		if kind == "" || !isDeclared {
			continue
		}
		from, to := m.files.Position(identifier.Pos()), m.files.Position(origin.Pos())
		if from.Filename == to.Filename {
			continue
		}
		user, err := read(texts, from.Filename)
		if err != nil {
			return err
		}
		definer, err := read(texts, to.Filename)
		if err != nil {
			return err
		}
		if user.isOdd || definer.isOdd {
			continue
		}
		found = append(found, use{
			File:            relative(base, from.Filename),
			UseStart:        user.units(from.Offset),
			UseEnd:          user.units(from.Offset + len(identifier.Name)),
			Name:            origin.Name(),
			Kind:            kind,
			DefinitionFile:  relative(base, to.Filename),
			DefinitionStart: definer.units(to.Offset),
			DefinitionEnd:   definer.units(m.files.Position(end).Offset),
		})
	}
	sort.Slice(found, func(a, b int) bool {
		if found[a].File != found[b].File {
			return found[a].File < found[b].File
		}
		return found[a].UseStart < found[b].UseStart
	})
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	for _, one := range found {
		if err := encoder.Encode(one); err != nil {
			return err
		}
	}
	return nil
}

// describe names what is declared; "" for what is no definition. The object is the generic one of an instance.
func describe(object types.Object) (string, types.Object) {
	switch object := object.(type) {
	case *types.Func:
		if object.Type().(*types.Signature).Recv() != nil {
			return "method", object.Origin()
		}
		return "function", object
	case *types.Var:
		if object.IsField() {
			return "field", object.Origin()
		}
		return "variable", object
	case *types.Const:
		return "constant", object
	case *types.TypeName:
		return "type", object
	}
	return "", object
}

// A file's bytes, and how to count in UTF-16 units.
type text struct {
	bytes []byte
	// Is it no UTF-8, or does it begin with a mark? Then offsets would not fit.
	isOdd bool
}

func read(texts map[string]*text, name string) (*text, error) {
	if known, ok := texts[name]; ok {
		return known, nil
	}
	bytes, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	made := &text{bytes: bytes, isOdd: !utf8.Valid(bytes) || strings.HasPrefix(string(bytes), "\ufeff")}
	texts[name] = made
	return made, nil
}

// units counts the UTF-16 units before a byte.
func (t *text) units(offset int) int {
	count := 0
	for _, character := range string(t.bytes[:offset]) {
		count += utf16.RuneLen(character)
	}
	return count
}

func relative(base, name string) string {
	short, err := filepath.Rel(base, name)
	if err != nil {
		return name
	}
	return filepath.ToSlash(short)
}
