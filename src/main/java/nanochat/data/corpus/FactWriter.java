package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
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
    private final Map<String, List<String>> introductions = new HashMap<>();
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
            introductions.put(relation.table(), frames.get("intro " + relation.table()));
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

    /// Paragraphs, each about one row of a table: a country, an animal, a day.
    void profiles(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        String table = draw.of(relations).table();
        introduce(draw, table, "\n\n", out);
        Deck<List<Fact>> rows = new Deck<>(draw, facts.rows(table));
        while (out.length() < end) {
            profile(draw, rows.next(), out);
            out.append("\n\n");
        }
    }

    /// Begins with a sentence that lets later ones say "it"; the facts that cannot be told so come last.
    private void profile(Draw draw, List<Fact> row, StringBuilder out) {
        List<Fact> leading = row.stream().filter(fact -> !phrasings(draw, fact, Form.LEAD).isEmpty()).toList();
        List<Fact> following = row.stream().filter(fact -> !phrasings(draw, fact, Form.FOLLOW_UP).isEmpty()).toList();
        Fact first = draw.of(leading.isEmpty() ? row : leading);
        Deck<Fact> deck = new Deck<>(draw, row);
        phrasing(draw, first, leading.isEmpty() ? Form.STATEMENT : Form.LEAD).append(first, out);
        List<Fact> last = new ArrayList<>();
        for (int i = 0; i < row.size(); i++) {
            Fact fact = deck.next();
            if (fact.equals(first)) {
                continue;
            }
            if (leading.isEmpty() || !following.contains(fact)) {
                last.add(fact);
                continue;
            }
            out.append(' ');
            boolean lead = leading.contains(fact) && draw.percent(30);
            phrasing(draw, fact, lead ? Form.LEAD : Form.FOLLOW_UP).append(fact, out);
        }
        for (Fact fact : last) {
            out.append(' ');
            phrasing(draw, fact, Form.STATEMENT).append(fact, out);
        }
    }

    /// Sentences of one relation about many subjects.
    void notes(Draw draw, StringBuilder out) {
        int end = out.length() + draw.between(350, 900);
        Relation relation = draw.of(relations);
        introduce(draw, relation.table(), " ", out);
        Deck<Fact> deck = new Deck<>(draw, facts.of(relation));
        while (out.length() < end) {
            Fact fact = deck.next();
            phrasing(draw, fact, Form.STATEMENT).append(fact, out);
            out.append(' ');
        }
    }

    /// Half of the documents say first what they are about.
    private void introduce(Draw draw, String table, String separator, StringBuilder out) {
        if (draw.percent(50)) {
            out.append(draw.of(introductions.get(table))).append(separator);
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
        out.append(draw.of(frames.get("classroom opening"))).append('\n');
        while (out.length() < end) {
            draw.of(classroomLines).append(draw(draw), out);
            out.append('\n');
        }
        out.append(draw.of(frames.get("classroom closing")));
    }

    private Quiz draw(Draw draw) {
        Fact fact = draw.of(facts.of(draw.of(relations)));
        return new Quiz(phrasing(draw, fact, Form.QUESTION).render(fact), fact.answer(), phrasing(draw, fact, Form.REPLY).render(fact),
                draw.of(frames.get("child")));
    }

    private Phrasing phrasing(Draw draw, Fact fact, Form form) {
        return draw.of(phrasings(draw, fact, form));
    }

    private List<Phrasing> phrasings(Draw draw, Fact fact, Form form) {
        return phrasings.get(draw.split()).get(fact.relation()).get(form);
    }
}
