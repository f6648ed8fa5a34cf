package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.HashMap;
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

    private record Column(int list, int index, List<List<String>> rows) {
        /// Tells the roles of a list apart, and them from those of other lists.
        private int role(int number) {
            return list * 10 + number;
        }
    }

    private final Map<String, Rule> rules = new HashMap<>();
    private final Map<String, Column> columns = new HashMap<>();

    /// Reads a cast and the rules that use it.
    ///
    /// @throws IllegalArgumentException when a line has a slot that is neither a section nor a column
    Grammar(String castFile, List<String> ruleFiles) {
        Sections cast = new Sections(castFile);
        cast.names().forEach(header -> addCast(header, cast.lines(header)));
        List<Sections> files = ruleFiles.stream().map(Sections::new).toList();
        for (Sections file : files) {
            file.names().forEach(name -> rules.put(name, new Rule(rules.size(), new ArrayList<>())));
        }
        for (Sections file : files) {
            for (String name : file.names()) {
                for (String line : file.lines(name)) {
                    rule(name).lines().add(Template.parse(line.replace(" | ", "\n\n"), this::slot));
                }
            }
        }
    }

    private void addCast(String header, List<String> lines) {
        List<String> names = cells(header);
        List<List<String>> rows = lines.stream().map(Grammar::cells).toList();
        for (List<String> row : rows) {
            if (row.size() != names.size()) {
                throw new IllegalStateException("the cast " + row + " does not fit [" + header + "]");
            }
        }
        int list = columns.size();
        for (int i = 0; i < names.size(); i++) {
            columns.put(names.get(i), new Column(list, i, rows));
        }
    }

    private static List<String> cells(String line) {
        return List.of(line.split(" \\| ", -1));
    }

    private Rule rule(String name) {
        Rule rule = rules.get(name);
        if (rule == null) {
            throw new IllegalArgumentException("the grammar has no section [" + name + "]");
        }
        return rule;
    }

    private Template.Slot<Scene> slot(String name) {
        Rule rule = rules.get(name);
        if (rule != null) {
            return rule::append;
        }
        int last = name.length() - 1;
        boolean numbered = Character.isDigit(name.charAt(last));
        Column column = columns.get(numbered ? name.substring(0, last) : name);
        if (column == null) {
            throw new IllegalArgumentException("{" + name + "} is neither a section nor a column of the cast");
        }
        int role = column.role(numbered ? name.charAt(last) - '0' : 1);
        return (scene, out) -> out.append(scene.cast(role, column.rows()).get(column.index()));
    }

    /// A scene in which nobody plays yet.
    Scene scene(Draw draw) {
        return new Scene(draw, rules.size());
    }

    /// Appends one text of the section `name` to `out`.
    void append(String name, Scene scene, StringBuilder out) {
        rule(name).append(scene, out);
    }
}
