package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import nanochat.data.corpus.Phrasing.Form;

/// All facts of the built-in corpus and the ways to say and ask them. Immutable; safe for any number of threads.
public final class Facts {
    private static final String NOTHING = "-";
    private static final int LEAST_WEIGHT = 48;

    /// What a phrasing is looked up by.
    private record Use(Relation relation, Form form, Split split) {}

    private final Map<String, List<List<Fact>>> rows = new HashMap<>();
    private final Map<Relation, List<Fact>> facts = new EnumMap<>(Relation.class);
    private final Map<Use, List<Phrasing>> phrasings = new HashMap<>();

    /// Reads the tables and the phrasings from the jar.
    public Facts() {
        Sections sections = new Sections("phrasings.txt");
        for (Relation relation : Relation.values()) {
            List<List<Fact>> table = rows.computeIfAbsent(relation.table(), Facts::read);
            facts.put(relation, table.stream().flatMap(List::stream).filter(fact -> fact.relation() == relation).toList());
            List<Phrasing> all = sections.lines(relation.section()).stream().map(Phrasing::parse).toList();
            for (Form form : Form.values()) {
                for (Split split : Split.values()) {
                    phrasings.put(new Use(relation, form, split),
                            all.stream().filter(phrasing -> phrasing.serves(form) && phrasing.split() == split).toList());
                }
            }
        }
    }

    private static List<List<Fact>> read(String name) {
        Table table = Table.read(name + ".tsv");
        List<List<Fact>> rows = new ArrayList<>();
        for (List<String> cells : table.rows()) {
            List<Fact> row = new ArrayList<>();
            for (Relation relation : Relation.values()) {
                if (relation.table().equals(name)) {
                    addFact(relation, cells.get(table.column(relation.subjectColumn())), cells.get(table.column(relation.answerColumn())),
                            row);
                }
            }
            if (row.isEmpty()) {
                throw new IllegalStateException(table.file() + " has a row without a fact: " + cells);
            }
            rows.add(List.copyOf(row));
        }
        return List.copyOf(rows);
    }

    private static void addFact(Relation relation, String subject, String answer, List<Fact> row) {
        if (subject.equals(NOTHING) || answer.equals(NOTHING)) {
            return;
        }
        row.add(new Fact(relation, subject, answer));
        if (relation == Relation.OPPOSITE) {
            row.add(new Fact(relation, answer, subject));
        }
    }

    /// Every fact, relation by relation.
    public List<Fact> all() {
        return facts.values().stream().flatMap(List::stream).toList();
    }

    /// The facts of one relation, in the order of their table.
    public List<Fact> of(Relation relation) {
        return facts.getOrDefault(relation, List.of());
    }

    /// The phrasings of a relation that belong to a split. The leads are among the statements.
    public List<Phrasing> phrasings(Relation relation, Form form, Split split) {
        return phrasings.getOrDefault(new Use(relation, form, split), List.of());
    }

    /// How often a relation is drawn compared with others: as often as it has facts, and no less than if it had 48.
    int weight(Relation relation) {
        return Math.max(LEAST_WEIGHT, of(relation).size());
    }

    /// The facts of each row of a table: what is known of one country, of one animal.
    List<List<Fact>> rows(String table) {
        return rows.getOrDefault(table, List.of());
    }
}
