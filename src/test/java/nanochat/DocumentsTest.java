package nanochat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What documents and comments point to is there. Oracle: the files and their headings, by GitHub's rule for anchors.
class DocumentsTest {
    /// `[text](target)` and `![text](target)`; the target without a title.
    private static final Pattern LINK = Pattern.compile("\\]\\(([^()\\s]+)\\)");
    private static final Pattern CITATION = Pattern.compile("(?<![\\w/])(docs/[\\w./-]*\\w)(#[\\w-]*\\w)?");
    private static final Pattern LOG_CITATION = Pattern.compile("\\bLOG (\\d+(?:(?:, | and )\\d+)*)");
    private static final Pattern CLASS = Pattern.compile("`(?:[a-z]+\\.)*([A-Z]\\w*[a-z]\\w*)(?:\\.\\w+)?`");
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
    private static final Pattern CODE_BLOCK = Pattern.compile("(?ms)^```.*?^```");

    @Test
    void everyRelativeLinkOfTheDocumentsLeadsSomewhere() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path document : documents()) {
            Matcher links = LINK.matcher(CODE_BLOCK.matcher(Files.readString(document)).replaceAll(""));
            while (links.find()) {
                String target = links.group(1);
                if (!target.matches("[a-z]+:.*")) {
                    int hash = target.indexOf('#');
                    Path folder = document.toAbsolutePath().getParent();
                    Path file = hash == 0 ? document : folder.resolve(hash < 0 ? target : target.substring(0, hash)).normalize();
                    if (!isThere(file, hash < 0 ? "" : target.substring(hash + 1))) {
                        dead.add(document + " links to " + target);
                    }
                }
            }
        }
        assertThat(dead).isEmpty();
    }

    @Test
    void everyPageThatTheSourcesCiteIsThere() throws IOException {
        List<String> dead = new ArrayList<>();
        for (Path source : sources()) {
            Matcher citations = CITATION.matcher(Files.readString(source));
            while (citations.find()) {
                String anchor = citations.group(2) == null ? "" : citations.group(2).substring(1);
                if (!isThere(Path.of(citations.group(1)), anchor)) {
                    dead.add(source + " cites " + citations.group());
                }
            }
        }
        assertThat(dead).isEmpty();
    }

    /// LOG 17, LOG 20 and 21: numbers of entries, which never change.
    @Test
    void everyLogEntryThatIsCitedIsThere() throws IOException {
        Set<String> entries = anchors(Path.of("LOG.md"));
        List<String> dead = new ArrayList<>();
        for (Path file : Stream.concat(sources().stream(), documents().stream()).toList()) {
            Matcher citations = LOG_CITATION.matcher(Files.readString(file));
            while (citations.find()) {
                for (String number : citations.group(1).split("\\D+")) {
                    if (!entries.contains("log-" + number)) {
                        dead.add(file + " cites LOG " + number);
                    }
                }
            }
        }
        assertThat(dead).isEmpty();
    }

    /// `AtomicFile`, `tensor.Backend`, `Tape.watch`: what begins like a class is one.
    @Test
    void everyClassThatTheArchitectureNamesIsThere() throws IOException {
        Set<String> classes = Stream.concat(filesIn(Path.of("src/main"), ".java").stream(), filesIn(Path.of("src/test"), ".java").stream())
                .map(file -> file.getFileName().toString().replace(".java", "")).collect(Collectors.toSet());
        List<String> named = CLASS.matcher(Files.readString(Path.of("ARCHITECTURE.md"))).results().map(name -> name.group(1)).toList();
        assertThat(named).isNotEmpty().isSubsetOf(classes);
    }

    /// The index names every entry, the newest first, and none is missing.
    @Test
    void theIndexOfTheLogIsWhole() throws IOException {
        String log = Files.readString(Path.of("LOG.md"));
        List<String> index = Pattern.compile("(?m)^\\| \\[(\\d+)\\]").matcher(log).results().map(row -> row.group(1)).toList();
        List<String> entries = Pattern.compile("(?m)^## LOG (\\d+)$").matcher(log).results().map(row -> row.group(1)).toList();
        assertThat(index).isEqualTo(entries).isEqualTo(
                IntStream.rangeClosed(1, entries.size()).mapToObj(String::valueOf).toList().reversed());
    }

    @Test
    void anchorsAreHeadingsInLowerCaseWithHyphens() {
        assertThat(anchor("Scaling laws")).isEqualTo("scaling-laws");
        assertThat(anchor("`metrics.jsonl`, line by line")).isEqualTo("metricsjsonl-line-by-line");
        assertThat(anchor("11 · Final norm")).isEqualTo("11--final-norm");
    }

    private static boolean isThere(Path file, String anchor) throws IOException {
        return Files.exists(file) && (anchor.isEmpty() || anchors(file).contains(anchor));
    }

    private static Set<String> anchors(Path document) throws IOException {
        String text = CODE_BLOCK.matcher(Files.readString(document)).replaceAll("");
        return HEADING.matcher(text).results().map(heading -> anchor(heading.group(1))).collect(Collectors.toSet());
    }

    private static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-');
    }

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(filesIn(Path.of("docs"), ".md"));
        documents.addAll(Stream.of("README.md", "README.zh-CN.md", "ARCHITECTURE.md", "LOG.md").map(Path::of).toList());
        return documents;
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>(filesIn(Path.of("src/main"), ".java"));
        sources.addAll(filesIn(Path.of("src/test"), ".java"));
        sources.remove(Path.of("src/test/java/nanochat/DocumentsTest.java"));
        sources.addAll(filesIn(Path.of("src/test/resources"), ".py"));
        sources.addAll(Stream.of("nanochat", "pom.xml").map(Path::of).toList());
        return sources;
    }

    private static List<Path> filesIn(Path folder, String suffix) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> found = files.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
            assertThat(found).as("files in %s", folder.toAbsolutePath()).isNotEmpty();
            return found;
        }
    }
}
