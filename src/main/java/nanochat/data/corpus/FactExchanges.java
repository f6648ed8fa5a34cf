package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.conversation.Message.Assistant;
import nanochat.data.corpus.Phrasing.Form;

/// Questions about facts.
final class FactExchanges {
    private final Facts facts;
    private final FactQuestions questions;
    private final List<Fact> all;
    private final Map<Relation, Dialog<Fact>> followUps = new EnumMap<>(Relation.class);

    FactExchanges(Facts facts, Sections sections) {
        this.facts = facts;
        this.questions = new FactQuestions(facts);
        this.all = weighted(facts);
        for (Relation relation : Relation.values()) {
            String section = "follow-up " + relation.section();
            if (sections.names().contains(section)) {
                followUps.put(relation, new Dialog<>(sections, section, Phrasing::slot));
            }
        }
    }

    /// Every fact once, those of small relations several times.
    private static List<Fact> weighted(Facts facts) {
        List<Fact> all = new ArrayList<>();
        for (Relation relation : Relation.values()) {
            List<Fact> some = facts.of(relation);
            for (int i = 0; i < facts.weight(relation); i++) {
                all.add(some.get(i % some.size()));
            }
        }
        return List.copyOf(all);
    }

    Fact draw(Draw draw) {
        return draw.of(all);
    }

    Exchange question(Draw draw, Fact fact) {
        return exchange(draw, fact, questions.draw(draw, fact));
    }

    /// Asks the same of another subject, in as few words as people do: "And Spain?" Empty where the relation is not asked so.
    Optional<Exchange> followUp(Draw draw, Relation relation) {
        return Optional.ofNullable(followUps.get(relation)).map(dialog -> {
            Fact fact = draw.of(facts.of(relation));
            return exchange(draw, fact, dialog.question(draw, fact));
        });
    }

    private Exchange exchange(Draw draw, Fact fact, String question) {
        String reply = draw.of(facts.phrasings(fact.relation(), Form.REPLY, Split.TRAIN)).render(fact);
        return new Exchange(Exchange.Kind.FACT, question, new Assistant(reply), Answer.Words.in(reply, fact.answer()));
    }
}
