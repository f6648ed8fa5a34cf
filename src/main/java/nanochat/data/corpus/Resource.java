package nanochat.data.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The text files of the corpus, `/nanochat/corpus/*`. Blank lines and lines that start with `#` are for the reader of the file.
final class Resource {
    private Resource() {
    }

    /// The lines of a file that say something, without surrounding space.
    static List<String> lines(String name) {
        try (InputStream in = Resource.class.getResourceAsStream("/nanochat/corpus/" + name)) {
            if (in == null) {
                throw new IllegalStateException("the jar lacks the corpus file " + name);
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().map(String::strip)
                    .filter(line -> !line.isEmpty() && !line.startsWith("#")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException("corpus file " + name, e);
        }
    }

    /// The lines under each `[section]` of a file.
    static Map<String, List<String>> sections(String name) {
        Map<String, List<String>> sections = new LinkedHashMap<>();
        List<String> current = new ArrayList<>();
        for (String line : lines(name)) {
            if (line.startsWith("[") && line.endsWith("]")) {
                current = new ArrayList<>();
                if (sections.put(line.substring(1, line.length() - 1), current) != null) {
                    throw new IllegalStateException(name + " has two sections " + line);
                }
            } else {
                current.add(line);
            }
        }
        return sections;
    }

    /// The rows of a tab-separated file, each as column name to cell; the first line names the columns.
    static List<Map<String, String>> table(String name) {
        List<String> lines = lines(name);
        String[] columns = lines.getFirst().split("\t");
        List<Map<String, String>> rows = new ArrayList<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split("\t");
            if (cells.length != columns.length) {
                throw new IllegalStateException(name + ": '" + line + "' has " + cells.length + " cells, not " + columns.length);
            }
            Map<String, String> row = new LinkedHashMap<>();
            for (int i = 0; i < columns.length; i++) {
                row.put(columns[i], cells[i]);
            }
            rows.add(row);
        }
        return rows;
    }
}
