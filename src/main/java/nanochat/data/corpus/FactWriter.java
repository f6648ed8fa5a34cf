package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import nanochat.data.corpus.Phrasing.Form;

/// Documents that tell facts and ask for them.
final class FactWriter {
    /// Of a hundred sentences about facts in documents that are not for training, how many use a held-out phrasing.
    private static final int HELD_OUT_PERCENT = 40;

    /// A row with fewer facts makes no paragraph of its own.
    private static final int LEAST_PARAGRAPH = 3;

    private final Facts facts;
    private final FactQuestions questions;
    /// Each relation as often as its weight.
    private final List<Relation> relations = new ArrayList<>();
    private final Sections frames = new Sections("facts.txt");
    private final List<String> children = frames.lines("child");
    private final List<Template<Quiz>> quizLines = frames.templates("quiz", Quiz::slot);
    private final List<Template<Quiz>> classroomLines = frames.templates("classroom", Quiz::slot);

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
        this.questions = new FactQuestions(facts);
        for (Relation relation : Relation.values()) {
            for (int i = 0; i < facts.weight(relation); i++) {
                relations.add(relation);
            }
        }
    }

    /// Paragraphs, each about one row of a table: a country, an animal, a day.
    void profiles(Draw draw, StringBuilder out) {
        int end = out.length() + draw.length();
        String table = draw.of(relations).table();
        introduce(draw, table, "\n\n", out);
        Deck<List<Fact>> rows = new Deck<>(draw, facts.rows(table));
        while (out.length() < end) {
            List<Fact> row = rows.next();
            profile(draw, row, out);
            out.append(row.size() < LEAST_PARAGRAPH ? " " : "\n\n");
        }
    }

    /// Begins with a sentence that lets later ones say "it"; the facts that cannot be told so come last.
    private void profile(Draw draw, List<Fact> row, StringBuilder out) {
        List<Fact> leading = row.stream().filter(fact -> has(fact, Form.LEAD)).toList();
        Fact first = draw.of(leading.isEmpty() ? row : leading);
        say(draw, first, leading.isEmpty() ? Form.STATEMENT : Form.LEAD, out);
        List<Fact> last = new ArrayList<>();
        Deck<Fact> deck = new Deck<>(draw, row);
        for (int i = 0; i < row.size(); i++) {
            Fact fact = deck.next();
            if (fact.equals(first)) {
                continue;
            }
            if (leading.isEmpty() || !has(fact, Form.FOLLOW_UP)) {
                last.add(fact);
                continue;
            }
            out.append(' ');
            say(draw, fact, has(fact, Form.LEAD) && draw.percent(30) ? Form.LEAD : Form.FOLLOW_UP, out);
        }
        for (Fact fact : last) {
            out.append(' ');
            say(draw, fact, Form.STATEMENT, out);
        }
    }

    /// Sentences of one relation about many subjects. Half of the documents give each a line of its own: to the tokenizer, a word that begins
    /// a line is another one than after a space, and it is what begins a message.
    void notes(Draw draw, StringBuilder out) {
        int end = out.length() + draw.length();
        Relation relation = draw.of(relations);
        String separator = draw.percent(50) ? "\n" : " ";
        introduce(draw, relation.table(), separator, out);
        Deck<Fact> deck = new Deck<>(draw, facts.of(relation));
        while (out.length() < end) {
            say(draw, deck.next(), Form.STATEMENT, out);
            out.append(separator);
        }
    }

    /// Half of the documents say first what they are about.
    private void introduce(Draw draw, String table, String separator, StringBuilder out) {
        if (draw.percent(50)) {
            out.append(draw.of(frames.lines("intro " + table))).append(separator);
        }
    }

    /// Questions with their answers, all laid out the same way.
    void quiz(Draw draw, StringBuilder out) {
        int end = out.length() + draw.length();
        Template<Quiz> line = draw.of(quizLines);
        while (out.length() < end) {
            line.append(drawQuiz(draw), out);
            out.append('\n');
        }
    }

    /// A lesson: the teacher asks, the children answer.
    void classroom(Draw draw, StringBuilder out) {
        int end = out.length() + draw.length();
        out.append(draw.of(frames.lines("classroom opening"))).append('\n');
        while (out.length() < end) {
            draw.of(classroomLines).append(drawAsked(draw), out);
            out.append('\n');
        }
        out.append(draw.of(frames.lines("classroom closing")));
    }

    private Quiz drawQuiz(Draw draw) {
        Fact fact = draw.of(facts.of(draw.of(relations)));
        return new Quiz(question(draw, fact), fact.answer(), phrasing(draw, fact, Form.REPLY).render(fact),
                draw.of(children));
    }

    /// A teacher asks; "Tell me the capital of France." is no question that one asks.
    private Quiz drawAsked(Draw draw) {
        Quiz quiz = drawQuiz(draw);
        while (!quiz.question().endsWith("?")) {
            quiz = drawQuiz(draw);
        }
        return quiz;
    }

    private void say(Draw draw, Fact fact, Form form, StringBuilder out) {
        phrasing(draw, fact, form).append(fact, out);
    }

    private boolean has(Fact fact, Form form) {
        return !facts.phrasings(fact.relation(), form, Split.TRAIN).isEmpty();
    }

    private String question(Draw draw, Fact fact) {
        return draw.split() == Split.TRAIN ? questions.draw(draw, fact) : phrasing(draw, fact, Form.QUESTION).render(fact);
    }

    private Phrasing phrasing(Draw draw, Fact fact, Form form) {
        if (draw.split() != Split.TRAIN && draw.percent(HELD_OUT_PERCENT)) {
            List<Phrasing> heldOut = facts.phrasings(fact.relation(), form, draw.split());
            if (!heldOut.isEmpty()) {
                return draw.of(heldOut);
            }
        }
        return draw.of(facts.phrasings(fact.relation(), form, Split.TRAIN));
    }
}
