package nanochat.data.corpus;

import java.util.List;
import nanochat.data.corpus.Phrasing.Form;

/// Asks for facts. In training a question is one of the relation's own, or what the relation asks for, put into one of the frames that fit
/// every relation: many more ways to ask than anybody could write down. Otherwise it is one that the split holds out.
final class FactQuestions {
    /// Of a hundred questions in training, how many are put into a frame.
    private static final int FRAMED_PERCENT = 45;

    private final Facts facts;
    private final List<Template<String>> topicFrames;
    private final List<Template<String>> clauseFrames;

    FactQuestions(Facts facts) {
        this.facts = facts;
        Sections frames = new Sections("questions.txt");
        topicFrames = frames.templates("topic", name -> slot(name, "topic"));
        clauseFrames = frames.templates("clause", name -> slot(name, "clause"));
    }

    private static Template.Slot<String> slot(String name, String expected) {
        if (!name.equals(expected)) {
            throw new IllegalArgumentException("a frame has a slot " + expected + ", not " + name);
        }
        return (text, out) -> out.append(text);
    }

    /// A question in words that belong to the split.
    String draw(Draw draw, Fact fact) {
        if (draw.split() != Split.TRAIN || !draw.percent(FRAMED_PERCENT)) {
            return phrase(draw, fact, Form.QUESTION, draw.split());
        }
        boolean topic = draw.percent(60);
        String asked = phrase(draw, fact, topic ? Form.TOPIC : Form.CLAUSE, Split.TRAIN);
        return draw.of(topic ? topicFrames : clauseFrames).render(asked);
    }

    private String phrase(Draw draw, Fact fact, Form form, Split split) {
        return draw.of(facts.phrasings(fact.relation(), form, split)).render(fact);
    }
}
