// Lists the uses of names that the Java compiler resolves to another file of the same folder: `java Truth.java DIR`.
// One JSON object a line; offsets in UTF-16 units. Classes that are not at hand are left out by the compiler, with all
// that depends on them.

import com.sun.source.tree.AnnotationTree;
import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.IdentifierTree;
import com.sun.source.tree.ImportTree;
import com.sun.source.tree.MemberReferenceTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.PackageTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.lang.model.element.Element;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

public final class Truth {
  private final Path base;
  private final Trees trees;
  private final SourcePositions positions;
  private final PrintStream out;

  private Truth(Path base, Trees trees, PrintStream out) {
    this.base = base;
    this.trees = trees;
    this.positions = trees.getSourcePositions();
    this.out = out;
  }

  public static void main(String[] arguments) throws IOException {
    if (arguments.length != 1) {
      System.err.println("usage: java Truth.java DIR");
      System.exit(2);
    }
    Path base = Path.of(arguments[0]).toRealPath();
    List<Path> files = new ArrayList<>();
    try (Stream<Path> walked = Files.walk(base)) {
      walked
          // A module's description asks for other modules, without which the compiler would stop.
          .filter(path -> path.toString().endsWith(".java") && !path.endsWith("module-info.java"))
          .sorted()
          .forEach(files::add);
    }
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StandardJavaFileManager manager = compiler.getStandardFileManager(problem -> {}, null, StandardCharsets.UTF_8);
    List<String> options =
        List.of("-proc:none", "-XDshould-stop.ifError=FLOW", "-XDshould-stop.ifNoError=FLOW", "-Xmaxerrs", "1");
    JavacTask task =
        (JavacTask) compiler.getTask(null, manager, problem -> {}, options, null, manager.getJavaFileObjectsFromPaths(files));
    List<CompilationUnitTree> units = new ArrayList<>();
    task.parse().forEach(units::add);
    task.analyze();
    try (PrintStream out = new PrintStream(new BufferedOutputStream(System.out), false, StandardCharsets.UTF_8)) {
      Truth truth = new Truth(base, Trees.instance(task), out);
      for (CompilationUnitTree unit : units) {
        truth.listUses(unit);
      }
    }
  }

  private void listUses(CompilationUnitTree unit) throws IOException {
    String text = unit.getSourceFile().getCharContent(true).toString();
    new TreePathScanner<Void, Void>() {
      @Override
      public Void visitImport(ImportTree tree, Void nothing) {
        return null;
      }

      @Override
      public Void visitPackage(PackageTree tree, Void nothing) {
        return null;
      }

      @Override
      public Void visitIdentifier(IdentifierTree tree, Void nothing) {
        listUse(tree, (int) positions.getStartPosition(unit, tree), tree.getName().toString());
        return super.visitIdentifier(tree, nothing);
      }

      @Override
      public Void visitMemberSelect(MemberSelectTree tree, Void nothing) {
        String name = tree.getIdentifier().toString();
        listUse(tree, (int) positions.getEndPosition(unit, tree) - name.length(), name);
        return super.visitMemberSelect(tree, nothing);
      }

      @Override
      public Void visitMemberReference(MemberReferenceTree tree, Void nothing) {
        String name = tree.getName().toString();
        listUse(tree, (int) positions.getEndPosition(unit, tree) - name.length(), name);
        return super.visitMemberReference(tree, nothing);
      }

      private void listUse(Tree tree, int start, String name) {
        // Names that the compiler added (a constructor's super(), `this`) are not in the text, or are keywords.
        boolean isWritten = start >= 0 && text.startsWith(name, start);
        Element element = isWritten ? trees.getElement(getCurrentPath()) : null;
        if (element != null && element.getSimpleName().contentEquals(name)) {
          writeUse(unit, start, element);
        }
      }
    }.scan(unit, null);
  }

  private void writeUse(CompilationUnitTree unit, int start, Element element) {
    TreePath path = trees.getPath(element);
    if (path == null || path.getCompilationUnit() == unit) {
      return;
    }
    String name = element.getSimpleName().toString();
    CompilationUnitTree definer = path.getCompilationUnit();
    int[] head = findHead(definer, path.getLeaf(), name);
    if (head == null) {
      return;
    }
    out.printf(
        "{\"file\":%s,\"useStart\":%d,\"useEnd\":%d,\"name\":%s,\"kind\":%s,\"definitionFile\":%s,"
            + "\"definitionStart\":%d,\"definitionEnd\":%d}\n",
        quote(pathOf(unit)),
        start,
        start + name.length(),
        quote(name),
        quote(element.getKind().toString().toLowerCase()),
        quote(pathOf(definer)),
        head[0],
        head[1]);
  }

  /** From a declaration's name to where its body begins, or to the end of the line for one without; null for others. */
  private int[] findHead(CompilationUnitTree unit, Tree tree, String name) {
    String text;
    try {
      text = unit.getSourceFile().getCharContent(true).toString();
    } catch (IOException error) {
      throw new IllegalStateException(error);
    }
    if (tree instanceof MethodTree method) {
      int from = end(unit, method.getReturnType() == null ? method.getModifiers() : method.getReturnType());
      int start = findName(text, Math.max(from, start(unit, method)), name);
      int end = method.getBody() == null ? end(unit, method) : start(unit, method.getBody());
      return start < 0 ? null : new int[] {start, end};
    }
    if (tree instanceof ClassTree type) {
      int start = findName(text, Math.max(end(unit, type.getModifiers()), start(unit, type)), name);
      int last = start;
      for (Tree base : type.getImplementsClause()) {
        last = Math.max(last, end(unit, base));
      }
      if (type.getExtendsClause() != null) {
        last = Math.max(last, end(unit, type.getExtendsClause()));
      }
      int end = text.indexOf('{', last);
      return start < 0 || end < 0 ? null : new int[] {start, end};
    }
    if (tree instanceof VariableTree variable) {
      // An enum's constant has the enum itself as its type, which stands nowhere in the text.
      int type = variable.getType() == null ? -1 : end(unit, variable.getType());
      int start = findName(text, Math.max(type, afterAnnotations(unit, variable)), name);
      int line = text.indexOf('\n', start);
      int end = Math.min(end(unit, variable), line < 0 ? text.length() : line);
      return start < 0 ? null : new int[] {start, Math.max(end, start + name.length())};
    }
    return null;
  }

  private int afterAnnotations(CompilationUnitTree unit, VariableTree variable) {
    int end = start(unit, variable);
    for (AnnotationTree annotation : variable.getModifiers().getAnnotations()) {
      end = Math.max(end, end(unit, annotation));
    }
    return end;
  }

  private int start(CompilationUnitTree unit, Tree tree) {
    return (int) positions.getStartPosition(unit, tree);
  }

  private int end(CompilationUnitTree unit, Tree tree) {
    return (int) positions.getEndPosition(unit, tree);
  }

  private static int findName(String text, int from, String name) {
    Matcher matcher = Pattern.compile("(?<![\\w$])" + Pattern.quote(name) + "(?![\\w$])").matcher(text);
    return from >= 0 && matcher.find(from) ? matcher.start() : -1;
  }

  private String pathOf(CompilationUnitTree unit) {
    return base.relativize(Path.of(unit.getSourceFile().toUri())).toString().replace('\\', '/');
  }

  private static String quote(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
