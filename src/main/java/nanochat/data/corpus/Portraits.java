package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import nanochat.conversation.Message.Assistant;

/// Asks for whatever is known about one thing: "Tell me about France."
final class Portraits {
    /// What is said about the things of one table.
    ///
    /// @param proof the relation whose answer a right reply has to say
    private record Topic(Dialog<List<Fact>> dialog, List<List<Fact>> rows, Relation proof) {}

    private final List<Topic> topics;

    Portraits(Facts facts, Sections sections) {
        topics = List.of(topic(facts, sections, "country", "countries", List.of(Relation.CAPITAL, Relation.CONTINENT)),
                topic(facts, sections, "element", "elements", List.of(Relation.SYMBOL, Relation.ATOMIC_NUMBER)),
                topic(facts, sections, "animal", "animals", List.of(Relation.ANIMAL_CLASS, Relation.LEGS)),
                topic(facts, sections, "planet", "planets", List.of(Relation.PLANET, Relation.KIND_OF_PLANET)));
    }

    /// @param told the relations that the replies use; a row that lacks one is never asked about
    private static Topic topic(Facts facts, Sections sections, String name, String table, List<Relation> told) {
        List<List<Fact>> rows = new ArrayList<>();
        for (List<Fact> row : facts.rows(table)) {
            if (told.stream().allMatch(relation -> find(row, relation).isPresent())) {
                rows.add(row);
            }
        }
        return new Topic(new Dialog<>(sections, "about " + name, Portraits::slot), List.copyOf(rows), told.getFirst());
    }

    private static Optional<Fact> find(List<Fact> row, Relation relation) {
        return row.stream().filter(fact -> fact.relation() == relation).findFirst();
    }

    private static Fact fact(List<Fact> row, Relation relation) {
        return find(row, relation).orElseThrow(() -> new IllegalStateException("nothing known of " + relation + " in " + row));
    }

    private static Template.Slot<List<Fact>> slot(String name) {
        return switch (name) {
            case "country" -> (row, out) -> out.append(fact(row, Relation.CAPITAL).subject());
            case "capital" -> (row, out) -> out.append(fact(row, Relation.CAPITAL).answer());
            case "continent" -> (row, out) -> out.append(fact(row, Relation.CONTINENT).answer());
            case "element" -> (row, out) -> out.append(fact(row, Relation.SYMBOL).subject());
            case "symbol" -> (row, out) -> out.append(fact(row, Relation.SYMBOL).answer());
            case "number" -> (row, out) -> out.append(fact(row, Relation.ATOMIC_NUMBER).answer());
            case "animal" -> (row, out) -> out.append(fact(row, Relation.ANIMAL_CLASS).subject());
            case "class" -> (row, out) -> out.append(fact(row, Relation.ANIMAL_CLASS).answer());
            case "legs" -> (row, out) -> out.append(fact(row, Relation.LEGS).answer());
            case "planet" -> (row, out) -> out.append(fact(row, Relation.PLANET).answer());
            case "ordinal" -> (row, out) -> out.append(fact(row, Relation.PLANET).subject());
            case "kind" -> (row, out) -> out.append(fact(row, Relation.KIND_OF_PLANET).answer());
            default -> throw new IllegalArgumentException("a portrait has no slot " + name);
        };
    }

    Exchange exchange(Draw draw) {
        // countries twice: there are most of them
        Topic topic = topics.get(Math.max(0, draw.between(-1, topics.size() - 1)));
        List<Fact> row = draw.of(topic.rows);
        String reply = topic.dialog.reply(draw, row);
        Fact proof = fact(row, topic.proof);
        return new Exchange(Exchange.Kind.PORTRAIT, topic.dialog.question(draw, row), new Assistant(reply),
                Answer.Words.in(reply, topic.proof == Relation.PLANET ? proof.subject() : proof.answer()));
    }
}
