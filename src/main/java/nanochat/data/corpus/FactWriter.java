package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import nanochat.data.corpus.Phrasing.Form;

/// Documents that tell facts and ask for them.
final class FactWriter {
    /// A relation with few facts is told as often as if it had so many.
    private static final int LEAST_WEIGHT = 24;

    /// The relations, each as often as it should be drawn.
    private final List<Relation> relations = new ArrayList<>();
    private final Map<Split, Map<Relation, Map<Form, List<Phrasing>>>> phrasings = new EnumMap<>(Split.class);
    private final Facts facts;
    private final Map<String, List<String>> frames = Resource.sections("facts.txt");
    private final List<Template<Quiz>> quizLines = quizTemplates("quiz");
    private final List<Template<Quiz>> classroomLines = quizTemplates("classroom");

    /// A question that somebody asks somebody.
    private record Quiz(String question, String answer, String reply, String child) {
        private static Template.Slot<Quiz> slot(String name) {
            return switch (name) {
                case "question" -> (quiz, out) -> out.append(quiz.question);
                case "answer" -> (quiz, out) -> out.append(quiz.answer);
                case "reply" -> (quiz, out) -> out.append(quiz.reply);
                case "child" -> (quiz, out) -> out.append(quiz.child);
                default -> throw new IllegalArgumentException("a quiz has no slot " + name);
            };
        }
    }

    FactWriter(Facts facts) {
        this.facts = facts;
        for (Relation relation : Relation.values()) {
            for (int i = 0; i < Math.max(LEAST_WEIGHT, facts.of(relation).size()); i++) {
                relations.add(relation);
            }
        }
        for (Split split : Split.values()) {
            Map<Relation, Map<Form, List<Phrasing>>> byRelation = new EnumMap<>(Relation.class);
            for (Relation relation : Relation.values()) {
                Map<Form, List<Phrasing>> byForm = new EnumMap<>(Form.class);
                for (Form form : Form.values()) {
                    byForm.put(form, facts.phrasings(relation, form, split));
                }
                byRelation.put(relation, byForm);
            }
            phrasings.put(split, byRelation);
        }
    }

    private List<Template<Quiz>> quizTemplates(String section) {
        return frames.get(section).stream().map(line -> Template.parse(line, Quiz::slot)).toList();
    }

    /// Paragraphs, each about one row of a table.
    void profiles(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        List<List<Fact>> rows = facts.rows(draw.of(relations).table());
        while (out.length() < end) {
            List<Fact> row = new ArrayList<>(draw.of(rows));
            while (!row.isEmpty()) {
                say(draw, row.remove(draw.random().nextInt(row.size())), out);
                out.append(row.isEmpty() ? "\n\n" : " ");
            }
        }
    }

    /// Sentences about many subjects, of one relation or of all that share a table.
    void notes(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        Relation relation = draw.of(relations);
        while (out.length() < end) {
            say(draw, draw.of(facts.of(relation)), out);
            out.append(' ');
        }
    }

    /// Questions with their answers, all laid out the same way.
    void quiz(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        Template<Quiz> line = draw.of(quizLines);
        while (out.length() < end) {
            line.append(draw(draw), out);
            out.append('\n');
        }
    }

    /// A lesson: the teacher asks, the children answer.
    void classroom(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        out.append(draw.of(frames.get("classroom opening"))).append(' ');
        while (out.length() < end) {
            draw.of(classroomLines).append(draw(draw), out);
            out.append(' ');
        }
        out.append(draw.of(frames.get("classroom closing")));
    }

    private Quiz draw(Draw draw) {
        Fact fact = draw.of(facts.of(draw.of(relations)));
        return new Quiz(phrasing(draw, fact, Form.QUESTION).render(fact), fact.answer(), phrasing(draw, fact, Form.REPLY).render(fact),
                draw.of(frames.get("child")));
    }

    private void say(Draw draw, Fact fact, StringBuilder out) {
        phrasing(draw, fact, Form.STATEMENT).append(fact, out);
    }

    private Phrasing phrasing(Draw draw, Fact fact, Form form) {
        return draw.of(phrasings.get(draw.split()).get(fact.relation()).get(form));
    }
}
