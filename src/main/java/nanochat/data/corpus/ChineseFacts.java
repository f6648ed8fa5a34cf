package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import nanochat.conversation.Message;

/// All Chinese facts and the ways to say and ask them. Immutable; safe for any number of threads.
final class ChineseFacts {
    /// Of an idiom: what is given of it.
    private static final int GIVEN = 2;
    private static final int IDIOM = 4;
    /// A relation of few facts is asked about more often than its facts would have it.
    private static final int LEAST_WEIGHT = 24;
    private static final String SAY = "say ";
    /// Of a hundred questions for the next line, how many only begin the line before.
    private static final int BEGUN_PERCENT = 15;

    /// `(CAPITAL, "法国", "巴黎")`.
    record Known(ChineseRelation relation, String subject, String answer) {
        private static Template.Slot<Known> slot(String name) {
            return switch (name) {
                case "subject" -> (fact, out) -> out.append(fact.subject);
                case "answer" -> (fact, out) -> out.append(fact.answer);
                default -> throw new IllegalArgumentException("a phrasing has slots subject and answer, not " + name);
            };
        }
    }

    /// How a relation is told and asked about.
    private record Words(List<Template<Known>> statements, Dialog<Known> dialog) {}

    private final Map<ChineseRelation, List<Known>> facts = new EnumMap<>(ChineseRelation.class);
    private final Map<ChineseRelation, Words> words = new EnumMap<>(ChineseRelation.class);
    private final Map<ChineseKind, List<ChineseRelation>> weighted = new EnumMap<>(ChineseKind.class);
    private final List<ChineseRelation> relations = new ArrayList<>();

    ChineseFacts() {
        Sections sections = new Sections("zh/phrasings.txt");
        Map<String, Table> tables = new HashMap<>();
        for (ChineseRelation relation : ChineseRelation.values()) {
            Table table = tables.computeIfAbsent(relation.table(), name -> Table.read("zh/" + name + ".tsv"));
            List<Known> known = read(relation, table);
            facts.put(relation, known);
            List<String> lines = sections.lines(relation.section());
            words.put(relation, new Words(
                    lines.stream().filter(line -> line.startsWith(SAY)).map(line -> Template.parse(line.substring(SAY.length()),
                            Known::slot))
                            .toList(),
                    new Dialog<>(relation.section(), lines.stream().filter(line -> !line.startsWith(SAY)).toList(), Known::slot)));
            List<ChineseRelation> often = Collections.nCopies(Math.max(LEAST_WEIGHT, known.size()), relation);
            weighted.computeIfAbsent(relation.kind(), _ -> new ArrayList<>()).addAll(often);
            relations.addAll(often);
        }
    }

    private static List<Known> read(ChineseRelation relation, Table table) {
        int subject = table.column(relation.subjectColumn());
        int answer = table.column(relation.answerColumn());
        Set<Known> read = new LinkedHashSet<>();
        Set<String> asked = new HashSet<>();
        for (List<String> row : table.rows()) {
            if (relation == ChineseRelation.IDIOM_REST) {
                String idiom = row.get(subject);
                if (idiom.length() == IDIOM && asked.add(idiom.substring(0, GIVEN))) {
                    read.add(new Known(relation, idiom.substring(0, GIVEN), idiom.substring(GIVEN)));
                }
            } else {
                read.add(new Known(relation, row.get(subject), row.get(answer)));
                if (relation == ChineseRelation.OPPOSITE) {
                    read.add(new Known(relation, row.get(answer), row.get(subject)));
                }
            }
        }
        return List.copyOf(read);
    }

    /// A fact of any relation.
    Known any(Draw draw) {
        return draw.of(facts.getOrDefault(draw.of(relations), List.of()));
    }

    /// A fact that counts as this kind.
    Known of(Draw draw, ChineseKind kind) {
        return draw.of(facts.getOrDefault(draw.of(weighted.getOrDefault(kind, List.of())), List.of()));
    }

    /// Another fact of the same relation.
    Known another(Draw draw, Known fact) {
        List<Known> all = facts.getOrDefault(fact.relation, List.of());
        Known other = draw.of(all);
        return other.equals(fact) ? all.get((all.indexOf(fact) + 1) % all.size()) : other;
    }

    /// All facts of a relation, in the order of their table.
    List<Known> of(ChineseRelation relation) {
        return facts.getOrDefault(relation, List.of());
    }

    private Words words(ChineseRelation relation) {
        Words found = words.get(relation);
        if (found == null) {
            throw new IllegalStateException("nothing says how to speak of " + relation);
        }
        return found;
    }

    /// The fact as a sentence.
    String statement(Draw draw, Known fact) {
        return draw.of(words(fact.relation).statements).render(fact);
    }

    /// A question for the fact in words of the split, with the reply.
    Exchange exchange(Draw draw, Known fact) {
        boolean begun = fact.relation == ChineseRelation.NEXT_LINE && draw.split() == Split.TRAIN && draw.percent(BEGUN_PERCENT);
        return exchange(draw, fact, begun
                ? fact.subject.substring(0, fact.subject.length() - draw.between(1, 2))
                : words(fact.relation).dialog.question(draw, fact));
    }

    /// The reply to a question for the fact in whatever words.
    Exchange exchange(Draw draw, Known fact, String question) {
        return new Exchange(Exchange.Kind.FACT, question, new Message.Assistant(words(fact.relation).dialog.reply(draw, fact)),
                answer(fact));
    }

    /// What a right reply says; a symbol or a number not as a part of another.
    private static Answer answer(Known fact) {
        String said = Pattern.quote(fact.answer);
        return new Answer.Says(switch (fact.relation) {
            case SYMBOL -> "(?-i:(?<![A-Za-z])" + said + "(?![A-Za-z]))";
            case PLANET -> "第" + said;
            case NEXT_MONTH -> "(?<!十)" + said;
            case CAPITAL, CAPITAL_OF, CONTINENT, ELEMENT, OPPOSITE, NEXT_LINE, PREVIOUS_LINE, POET, AUTHOR, IDIOM_MEANING, IDIOM_REST,
                    SOUND,
                    YOUNG, COLOR, NEXT_DAY, PREVIOUS_DAY, SEASON -> said;
        });
    }
}
