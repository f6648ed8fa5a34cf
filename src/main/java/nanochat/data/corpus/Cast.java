package nanochat.data.corpus;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The people, animals, things and places that texts are about. A file of them has sections such as `[child | he | him | his]` whose lines
/// give one word a column; who plays is drawn once for the whole text. `{child}`, `{he}` and `{his}` speak of one child, `{child2}`, `{he2}`
/// and `{his2}` of another one.
final class Cast {
    private record Column(int list, int index, List<List<String>> rows) {
        /// Tells the roles of a list apart, and them from those of other lists.
        private int role(int number) {
            return list * 10 + number;
        }
    }

    private final Map<String, Column> columns = new HashMap<>();

    /// @throws IllegalStateException when a line has not as many words as its section has columns, or two columns have the same name
    Cast(String... files) {
        for (String file : files) {
            Sections sections = new Sections(file);
            sections.names().forEach(header -> add(header, sections.lines(header)));
        }
    }

    private void add(String header, List<String> lines) {
        List<String> names = cells(header);
        List<List<String>> rows = lines.stream().map(Cast::cells).toList();
        for (List<String> row : rows) {
            if (row.size() != names.size()) {
                throw new IllegalStateException("the cast " + row + " does not fit [" + header + "]");
            }
        }
        int list = columns.size();
        for (int i = 0; i < names.size(); i++) {
            if (columns.put(names.get(i), new Column(list, i, rows)) != null) {
                throw new IllegalStateException("the cast has two columns " + names.get(i));
            }
        }
    }

    private static List<String> cells(String line) {
        return List.of(line.split(" \\| ", -1));
    }

    /// What fills the slot of a column's name, or of that name with a digit behind it; nothing for other names.
    Optional<Template.Slot<Scene>> slot(String name) {
        int last = name.length() - 1;
        boolean numbered = Character.isDigit(name.charAt(last));
        Optional<Column> found = Optional.ofNullable(columns.get(numbered ? name.substring(0, last) : name));
        int number = numbered ? name.charAt(last) - '0' : 1;
        return found.map(column -> (scene, out) -> out.append(scene.cast(column.role(number), column.rows()).get(column.index())));
    }
}
