package nanochat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A package uses only packages that stand before it on the road. The oracle is the list below; what a source uses is read from its
/// text (imports and qualified names, without comments and strings), so that a use inside one method counts too. The documents have the
/// same list.
class ImportDirectionTest {
    private static final List<String> ROAD = List.of("io", "page", "tokenizer", "conversation", "data", "tensor", "model", "objective",
            "optim",
            "checkpoint", "engine.kernel", "engine.tool", "engine", "task", "eval", "train", "selftest", "chat", "runs", "report",
            "compare", "explain",
            "serve", "bench", "cli");
    private static final Path SOURCES = Path.of("src/main/java/nanochat");

    private static final Pattern NOT_CODE = Pattern.compile(
            "//[^\n]*|/\\*.*?\\*/|\"\"\".*?\"\"\"|\"(\\\\.|[^\"\\\\\n])*\"|'(\\\\.|[^'\\\\\n])'",
            Pattern.DOTALL);
    private static final Pattern USE = Pattern.compile("\\bnanochat\\s*\\.\\s*(\\w+(\\s*\\.\\s*\\w+)*|\\*)");

    @Test
    void everyPackageStandsOnTheRoad() throws IOException {
        for (Path source : sources()) {
            String home = packageOf(source);
            assertThat(home.isEmpty() || ROAD.contains(home)).as("%s is in package '%s', which the list does not know", source, home)
                    .isTrue();
        }
    }

    @Test
    void aPackageUsesOnlyPackagesBeforeIt() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Path source : sources()) {
            for (String used : uses(Files.readString(source))) {
                if (!mayUse(packageOf(source), used)) {
                    wrong.add(source + " uses nanochat." + used);
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// The tree of a README has a line a package, the table of ARCHITECTURE.md a row.
    @Test
    void theDocumentsNameThePackagesInThisOrder() throws IOException {
        List<String> packages = ROAD.stream().filter(name -> Files.isDirectory(SOURCES.resolve(name.replace('.', '/')))).toList();
        List<String> rooms = packages.stream().filter(name -> !name.contains(".")).toList();
        assertThat(named("README.md", "(?m)^ {8}(\\w+)/ ")).isEqualTo(rooms);
        assertThat(named("README.zh-CN.md", "(?m)^ {8}(\\w+)/ ")).isEqualTo(rooms);
        assertThat(named("ARCHITECTURE.md", "(?m)^\\| `([\\w.]+)` \\|")).isEqualTo(packages);
    }

    private static List<String> named(String document, String pattern) throws IOException {
        return Pattern.compile(pattern).matcher(Files.readString(Path.of(document))).results().map(line -> line.group(1)).toList();
    }

    @Test
    void usesAreFoundInImportsAndInsideMethodsButNotInCommentsAndStrings() {
        String source = """
                package nanochat.data;
                import nanochat.io.Json;
                import static nanochat.model.GptConfig.*;
                /// See [nanochat.chat.Chat].
                /* nanochat.serve.Server */
                class A {
                    char quote = '"';
                    String a = "nanochat.eval.X" + nanochat.train.Loop.NAME + '\\'' + "\\"nanochat.task.Y"; // nanochat.bench.Z
                    Object b = nanochat . Nanochat.class;
                }
                """;
        assertThat(uses(source)).containsExactly("data", "io", "model", "train", "Nanochat");
        assertThat(uses("import nanochat.engine.kernel.Rows; nanochat.engine.Engine.X; nanochat.tensor.cpu.Team"))
                .as("packages within packages that the list knows").containsExactly("engine.kernel", "engine", "tensor");
    }

    @Test
    void onlyEarlierPackagesAndOneselfMayBeUsed() {
        assertThat(mayUse("data", "io")).isTrue();
        assertThat(mayUse("data", "data")).isTrue();
        assertThat(mayUse("data", "model")).isFalse();
        assertThat(mayUse("cli", "Nanochat")).as("the root package comes last").isFalse();
        assertThat(mayUse("cli", "*")).isFalse();
        assertThat(mayUse("", "cli")).as("the root package may use all").isTrue();
        assertThat(mayUse("engine", "engine.kernel")).isTrue();
        assertThat(mayUse("engine.kernel", "engine")).isFalse();
    }

    private static boolean mayUse(String home, String used) {
        if (home.isEmpty()) {
            return true;
        }
        return ROAD.contains(used) && ROAD.indexOf(used) <= ROAD.indexOf(home);
    }

    private static List<String> uses(String source) {
        return USE.matcher(NOT_CODE.matcher(source).replaceAll(" ")).results()
                .map((MatchResult use) -> station(use.group(1).replaceAll("\\s", ""))).distinct().toList();
    }

    private static String packageOf(Path source) {
        Path relative = SOURCES.relativize(source);
        return relative.getNameCount() == 1 ? "" : station(relative.getParent().toString().replace(File.separatorChar, '.'));
    }

    /// The longest beginning of a qualified name that the list knows, else its first word.
    private static String station(String name) {
        return ROAD.stream().filter(station -> (name + ".").startsWith(station + ".")).max(Comparator.comparingInt(String::length))
                .orElse(name.replaceAll("\\..*", ""));
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources = files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).as("sources under %s", SOURCES.toAbsolutePath()).isNotEmpty();
            return sources;
        }
    }
}
