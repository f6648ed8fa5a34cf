package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import nanochat.conversation.Message.Assistant;
import nanochat.data.corpus.Phrasing.Form;

/// Asks whether something is so: "Is Paris the capital of France?" Half of it is.
final class FactChecks {
    /// How one relation is asked about.
    private record Check(Relation relation, Dialog<Fact> dialog) {}

    private final Facts facts;
    private final List<Check> checks = new ArrayList<>();

    FactChecks(Facts facts, Sections sections) {
        this.facts = facts;
        for (Relation relation : Relation.values()) {
            String section = "is it " + relation.section();
            if (sections.names().contains(section)) {
                checks.add(new Check(relation, new Dialog<>(sections, section, Phrasing::slot)));
            }
        }
    }

    Exchange exchange(Draw draw) {
        Check check = draw.of(checks);
        Relation relation = check.relation;
        Fact fact = draw.of(facts.of(relation));
        boolean isSo = draw.percent(50);
        String answer = isSo ? fact.answer() : anotherAnswer(draw, fact);
        String question = check.dialog.question(draw, new Fact(relation, fact.subject(), answer));
        String reply = (isSo ? "Yes. " : "No. ") + draw.of(facts.phrasings(relation, Form.REPLY, Split.TRAIN)).render(fact);
        return new Exchange(Exchange.Kind.FACT_CHECK, question, new Assistant(reply), new Answer.YesOrNo(isSo));
    }

    private String anotherAnswer(Draw draw, Fact fact) {
        while (true) {
            String answer = draw.of(facts.of(fact.relation())).answer();
            if (!answer.equals(fact.answer())) {
                return answer;
            }
        }
    }
}
