package nanochat.data.corpus;

import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;

/// What questions about anything are filled with: `{book}`, `{country}`. The subjects of the facts, and lists of names in a file: under
/// `[list book]`, separated by commas; names on a line that starts with `held-out` or `test` are for that split alone.
final class Blanks {
    private static final String SEPARATOR = ", ";

    private final Map<String, Names> lists = new HashMap<>();

    Blanks(Sections sections, Facts facts) {
        for (String section : sections.names()) {
            if (section.startsWith("list ")) {
                lists.put(section.substring("list ".length()), Names.of(sections.lines(section), SEPARATOR));
            }
        }
        put("country", facts.of(Relation.CAPITAL).stream().map(Fact::subject));
        put("capital", facts.of(Relation.COUNTRY).stream().map(Fact::subject));
        put("element", facts.of(Relation.SYMBOL).stream().map(Fact::subject));
        put("animal", facts.of(Relation.ANIMAL_CLASS).stream().map(Fact::subject));
        put("planet", facts.of(Relation.PLANET).stream().map(Fact::answer));
    }

    private void put(String name, Stream<String> names) {
        lists.put(name, Names.of(names.toList(), SEPARATOR));
    }

    /// What `{name}` is filled with; another name each time.
    Template.Slot<Draw> slot(String name) {
        Names names = lists.get(name);
        if (names == null) {
            throw new IllegalArgumentException("there is no list of names for {" + name + "}");
        }
        return (draw, out) -> out.append(names.draw(draw));
    }
}
