package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Texts from rules. A file of rules has sections of lines; `{name}` in a line is
/// - the name of a section: one of its lines is put there, another one each time;
/// - a column of the [Cast]: the word that plays this role, drawn once for the whole text.
final class Grammar {
    /// At most 64 lines.
    private record Rule(int number, List<Template<Scene>> lines) {
        private void append(Scene scene, StringBuilder out) {
            lines.get(scene.drawLine(number, lines.size())).append(scene, out);
        }
    }

    private final Map<String, Rule> rules = new HashMap<>();
    private final Cast cast;

    /// Reads a cast and the rules that use it.
    ///
    /// @throws IllegalArgumentException when a line has a slot that is neither a section nor a column
    Grammar(String castFile, List<String> ruleFiles) {
        cast = new Cast(castFile);
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
        return cast.slot(name).orElseThrow(
                () -> new IllegalArgumentException("{" + name + "} is neither a section nor a column of the cast"));
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
