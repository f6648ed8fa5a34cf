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

    private final Map<Relation, List<Fact>> facts = new EnumMap<>(Relation.class);
    private final Map<Relation, List<Phrasing>> phrasings = new EnumMap<>(Relation.class);
    private final Map<String, List<List<Fact>>> rows = new HashMap<>();

    /// Reads the tables and the phrasings from the jar.
    public Facts() {
        Map<String, List<String>> sections = Resource.sections("phrasings.txt");
        for (Relation relation : Relation.values()) {
            List<List<Fact>> table = rows.computeIfAbsent(relation.table(), Facts::read);
            facts.put(relation, table.stream().flatMap(List::stream).filter(fact -> fact.relation() == relation).toList());
            phrasings.put(relation, sections.getOrDefault(relation.section(), List.of()).stream().map(Phrasing::parse).toList());
        }
    }

    private static List<List<Fact>> read(String table) {
        List<List<Fact>> rows = new ArrayList<>();
        for (Map<String, String> cells : Resource.table(table + ".tsv")) {
            List<Fact> row = new ArrayList<>();
            for (Relation relation : Relation.values()) {
                if (relation.table().equals(table)) {
                    addFact(relation, cells.get(relation.subjectColumn()), cells.get(relation.answerColumn()), row);
                }
            }
            if (row.isEmpty()) {
                throw new IllegalStateException(table + ".tsv has a row without a fact: " + cells);
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
        return facts.get(relation);
    }

    /// The facts of each row of a table: what is known of one country, of one animal.
    List<List<Fact>> rows(String table) {
        return rows.get(table);
    }

    /// The phrasings of a relation that training may use, or those it never uses.
    public List<Phrasing> phrasings(Relation relation, Form form, boolean heldOut) {
        return phrasings.get(relation).stream().filter(phrasing -> phrasing.serves(form) && phrasing.heldOut() == heldOut).toList();
    }

    /// The phrasings of a relation that documents of a split use: in training the training ones, in validation all.
    List<Phrasing> phrasings(Relation relation, Form form, Split split) {
        return phrasings.get(relation).stream()
                .filter(phrasing -> phrasing.serves(form) && (split == Split.VALIDATION || !phrasing.heldOut())).toList();
    }
}
