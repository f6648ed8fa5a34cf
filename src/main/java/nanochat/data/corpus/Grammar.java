package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Texts from rules. A file of rules has sections of lines; `{name}` in a line is
/// - the name of a section: one of its lines is put there, another one each time;
/// - a column of the cast: the word that plays this role, drawn once for the whole text. `{child}`, `{he}` and `{his}` speak of one child,
///   `{child2}`, `{he2}` and `{his2}` of another one.
///
/// The cast file has sections such as `[child | he | him | his]` whose lines give one word a column.
final class Grammar {
    /// At most 64 lines.
    private record Rule(int number, List<Template<Scene>> lines) {
        private void append(Scene scene, StringBuilder out) {
            lines.get(scene.drawLine(number, lines.size())).append(scene, out);
        }
    }

    /// A list of the cast: its rows, and the roles that are drawn from it (`child`, `child2`), which never get the same row.
    private static final class Cast {
        private final List<String[]> rows = new ArrayList<>();
        private final Map<Integer, Integer> roles = new HashMap<>();
    }

    private record Column(Cast cast, int index) {}

    private final Map<String, Rule> rules = new HashMap<>();
    private final Map<String, Column> columns = new HashMap<>();
    private int roles;

    /// Reads a cast and the rules that use it.
    ///
    /// @throws IllegalArgumentException when a line has a slot that is neither a section nor a column
    Grammar(String castFile, List<String> ruleFiles) {
        Resource.sections(castFile).forEach(this::addCast);
        Map<String, List<String>> sections = new LinkedHashMap<>();
        ruleFiles.forEach(file -> sections.putAll(Resource.sections(file)));
        sections.keySet().forEach(name -> rules.put(name, new Rule(rules.size(), new ArrayList<>())));
        sections.forEach((name, lines) -> lines
                .forEach(line -> rule(name).lines().add(Template.parse(line.replace(" | ", "\n\n"), this::slot))));
    }

    private void addCast(String header, List<String> lines) {
        Cast cast = new Cast();
        String[] names = header.split(" \\| ");
        for (int i = 0; i < names.length; i++) {
            columns.put(names[i], new Column(cast, i));
        }
        for (String line : lines) {
            String[] row = line.split(" \\| ");
            if (row.length != names.length) {
                throw new IllegalStateException("the cast '" + line + "' does not fit [" + header + "]");
            }
            cast.rows.add(row);
        }
    }

    private Rule rule(String name) {
        Rule rule = rules.get(name);
        if (rule == null) {
            throw new IllegalArgumentException("the grammar has no section [" + name + "]");
        }
        return rule;
    }

    private Template.Slot<Scene> slot(String name) {
        if (rules.containsKey(name)) {
            return rule(name)::append;
        }
        boolean numbered = Character.isDigit(name.charAt(name.length() - 1));
        Column column = columns.get(numbered ? name.substring(0, name.length() - 1) : name);
        if (column == null) {
            throw new IllegalArgumentException("{" + name + "} is neither a section nor a column of the cast");
        }
        int number = numbered ? name.charAt(name.length() - 1) - '0' : 1;
        int role = column.cast().roles.computeIfAbsent(number, _ -> roles++);
        return (scene, out) -> out.append(play(scene, column.cast(), role)[column.index()]);
    }

    private static String[] play(Scene scene, Cast cast, int role) {
        String[] row = scene.cast(role);
        if (row == null) {
            do {
                row = scene.draw().of(cast.rows);
            } while (isPlaying(scene, cast, row));
            scene.cast(role, row);
        }
        return row;
    }

    private static boolean isPlaying(Scene scene, Cast cast, String[] row) {
        for (int other : cast.roles.values()) {
            if (scene.cast(other) == row) {
                return true;
            }
        }
        return false;
    }

    /// A scene in which nobody plays yet.
    Scene scene(Draw draw) {
        return new Scene(draw, roles, rules.size());
    }

    /// Appends one text of the section `name` to `out`.
    void append(String name, Scene scene, StringBuilder out) {
        rule(name).append(scene, out);
    }
}
