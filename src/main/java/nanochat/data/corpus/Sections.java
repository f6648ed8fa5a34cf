package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/// A resource file whose lines stand under `[section]` headings.
final class Sections {
    private final String file;
    private final Map<String, List<String>> lines = new LinkedHashMap<>();

    /// @throws IllegalStateException when two sections have the same name
    Sections(String file) {
        this.file = file;
        List<String> current = new ArrayList<>();
        for (String line : Resource.lines(file)) {
            if (line.startsWith("[") && line.endsWith("]")) {
                current = new ArrayList<>();
                if (lines.put(line.substring(1, line.length() - 1), current) != null) {
                    throw new IllegalStateException(file + " has two sections " + line);
                }
            } else {
                current.add(line);
            }
        }
    }

    /// The names of the sections, in the order of the file.
    Set<String> names() {
        return lines.keySet();
    }

    /// The lines of a section.
    ///
    /// @throws IllegalStateException when there is no such section
    List<String> lines(String section) {
        List<String> found = lines.get(section);
        if (found == null) {
            throw new IllegalStateException(file + " has no section [" + section + "]");
        }
        return found;
    }

    /// The lines of a section as templates.
    <C> List<Template<C>> templates(String section, Function<String, Template.Slot<C>> slots) {
        return lines(section).stream().map(line -> Template.parse(line, slots)).toList();
    }

    /// The name of the file.
    @Override
    public String toString() {
        return file;
    }
}
