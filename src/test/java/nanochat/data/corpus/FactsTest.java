package nanochat.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.DayOfWeek;
import java.time.Month;
import java.time.Year;
import java.time.format.TextStyle;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.corpus.Phrasing.Form;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Oracles: the calendar of `java.time`, counting, and a search of generated documents for every held-out sentence.
class FactsTest {
    private final Facts facts = new Facts();

    @ParameterizedTest
    @EnumSource
    void everyRelationCanBeToldAndAskedInManyWays(Relation relation) {
        int told = facts.phrasings(relation, Form.STATEMENT, Split.TRAIN).size();
        int asked = facts.phrasings(relation, Form.QUESTION, Split.TRAIN).size();
        assertThat(told).isGreaterThanOrEqualTo(3);
        assertThat(asked).isGreaterThanOrEqualTo(3);
        assertThat(told + asked).isGreaterThanOrEqualTo(7);
        assertThat(facts.phrasings(relation, Form.STATEMENT, Split.VALIDATION)).isNotEmpty();
        assertThat(facts.phrasings(relation, Form.QUESTION, Split.VALIDATION)).hasSizeGreaterThanOrEqualTo(2);
        assertThat(facts.phrasings(relation, Form.QUESTION, Split.TEST)).hasSizeGreaterThanOrEqualTo(2);
        assertThat(facts.phrasings(relation, Form.REPLY, Split.TRAIN)).isNotEmpty();
        assertThat(facts.of(relation)).isNotEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void everyPhrasingFitsEveryFact(Relation relation) {
        List<String> unfit = new ArrayList<>();
        for (Fact fact : facts.of(relation)) {
            for (Form form : Form.values()) {
                for (Phrasing phrasing : phrasings(relation, form)) {
                    String text = phrasing.render(fact);
                    if (!fits(text, fact, form)) {
                        unfit.add(text);
                    }
                }
            }
        }
        assertThat(unfit).isEmpty();
    }

    private static final Pattern SENTENCE = Pattern.compile("\"?[A-Z0-9][^{}]*[.?]");
    /// What asks without a question mark begins with one of these, or has one after its first words.
    private static final Pattern QUESTION = Pattern.compile(".*\\?|(Count(?! two days)|Describe|Give(?! is| and| means| has)"
            + "|I (need|want|wonder|would like)|Imitate|Let me|List|Name|Opposites|Please|Put|Say|Spell out|Tell me|Turn|Write"
            + "|(For|I|Starting) \\S.*, (name|so please|tell me)|.*: please name|.* and (tell me|want)) .*\\.");
    private static final Pattern PHRASE = Pattern.compile("[^{}?.]*[^{}?. ]");

    private static boolean fits(String text, Fact fact, Form form) {
        String said = text.toLowerCase(Locale.ROOT);
        boolean namesSubject = said.contains(fact.subject().toLowerCase(Locale.ROOT));
        boolean namesAnswer = said.contains(fact.answer().toLowerCase(Locale.ROOT)) || said.startsWith("it is the ");
        boolean sentence = SENTENCE.matcher(text).matches();
        boolean question = QUESTION.matcher(text).matches();
        return switch (form) {
            case STATEMENT, LEAD, REPLY -> sentence && !question && namesSubject && namesAnswer;
            case FOLLOW_UP -> sentence && !question && namesAnswer;
            case QUESTION -> sentence && question && namesSubject;
            case TOPIC, CLAUSE -> PHRASE.matcher(text).matches() && !sentence && namesSubject;
        };
    }

    private List<Phrasing> phrasings(Relation relation, Form form) {
        return Stream.of(Split.values()).flatMap(split -> facts.phrasings(relation, form, split).stream()).toList();
    }

    @ParameterizedTest
    @EnumSource
    void aQuestionHasOneAnswer(Relation relation) {
        Set<String> subjects = new HashSet<>();
        for (Fact fact : facts.of(relation)) {
            assertThat(subjects.add(fact.subject())).as(fact.toString()).isTrue();
        }
    }

    @Test
    void theTablesAreComplete() {
        assertThat(facts.of(Relation.CAPITAL)).hasSize(195);
        assertThat(facts.of(Relation.SYMBOL)).hasSize(118);
        assertThat(facts.of(Relation.ATOMIC_NUMBER).stream().map(fact -> Integer.valueOf(fact.answer())).toList())
                .containsExactlyElementsOf(IntStream.rangeClosed(1, 118).boxed().toList());
        assertThat(facts.of(Relation.OPPOSITE)).hasSizeGreaterThan(200);
        assertThat(facts.all()).contains(new Fact(Relation.CAPITAL, "France", "Paris"), new Fact(Relation.SYMBOL, "gold", "Au"),
                new Fact(Relation.OPPOSITE, "hot", "cold"), new Fact(Relation.OPPOSITE, "cold", "hot"),
                new Fact(Relation.DAY_AFTER_NEXT, "Friday", "Sunday"));
    }

    @Test
    void theDaysFollowTheCalendar() {
        assertDays(Relation.DAY_AFTER, 1);
        assertDays(Relation.DAY_BEFORE, -1);
        assertDays(Relation.DAY_AFTER_NEXT, 2);
        assertDays(Relation.DAY_BEFORE_LAST, -2);
        assertThat(facts.of(Relation.WEEKDAY).stream().map(Fact::answer).toList())
                .containsExactlyElementsOf(List.of(DayOfWeek.values()).stream().map(FactsTest::name).toList());
    }

    private void assertDays(Relation relation, int distance) {
        assertThat(facts.of(relation)).hasSize(7).allSatisfy(
                fact -> assertThat(fact.answer()).isEqualTo(name(DayOfWeek.valueOf(fact.subject().toUpperCase(Locale.ROOT)).plus(
                        distance))));
    }

    private static String name(DayOfWeek day) {
        return day.getDisplayName(TextStyle.FULL, Locale.ENGLISH);
    }

    @Test
    void theMonthsFollowTheCalendar() {
        for (Fact fact : facts.of(Relation.MONTH_AFTER)) {
            assertThat(fact.answer()).isEqualTo(name(month(fact.subject()).plus(1)));
        }
        for (Fact fact : facts.of(Relation.MONTH_BEFORE)) {
            assertThat(fact.answer()).isEqualTo(name(month(fact.subject()).minus(1)));
        }
        for (Fact fact : facts.of(Relation.DAYS_IN_MONTH)) {
            assertThat(fact.answer()).isEqualTo("" + month(fact.subject()).length(Year.isLeap(2025)));
        }
        assertThat(facts.of(Relation.MONTH).stream().map(Fact::answer).toList())
                .containsExactlyElementsOf(List.of(Month.values()).stream().map(FactsTest::name).toList());
    }

    private static Month month(String name) {
        return Month.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static String name(Month month) {
        return month.getDisplayName(TextStyle.FULL, Locale.ENGLISH);
    }

    @ParameterizedTest
    @EnumSource
    void noHeldOutQuestionIsATrainingQuestionBarCapitalsContractionsAndPunctuation(Relation relation) {
        Sections frames = new Sections("questions.txt");
        Fact fact = facts.of(relation).getFirst();
        Set<String> trained = new HashSet<>();
        rendered(fact, Form.QUESTION, Split.TRAIN).forEach(question -> trained.add(bare(question)));
        for (String topic : rendered(fact, Form.TOPIC, Split.TRAIN)) {
            frames.lines("topic").forEach(frame -> trained.add(bare(frame.replaceAll("\\{[tT]opic}", topic))));
        }
        for (String clause : rendered(fact, Form.CLAUSE, Split.TRAIN)) {
            frames.lines("clause").forEach(frame -> trained.add(bare(frame.replace("{clause}", clause))));
        }
        for (Split split : List.of(Split.VALIDATION, Split.TEST)) {
            assertThat(rendered(fact, Form.QUESTION, split)).noneMatch(question -> trained.contains(bare(question)));
        }
    }

    private List<String> rendered(Fact fact, Form form, Split split) {
        return facts.phrasings(fact.relation(), form, split).stream().map(phrasing -> phrasing.render(fact)).toList();
    }

    private static String bare(String question) {
        return question.toLowerCase(Locale.ROOT).replace("what's", "what is").replaceAll("[^a-z0-9 ]", "").strip();
    }

    @Test
    void heldOutPhrasingsAreOnlyInTheDocumentsOfTheirSplit() {
        assertThat(occurrences(heldOut(Split.VALIDATION), Split.TRAIN)).isEmpty();
        assertThat(occurrences(heldOut(Split.VALIDATION), Split.VALIDATION)).hasSizeGreaterThan(1000);
        assertThat(occurrences(heldOut(Split.TEST), Split.TRAIN)).isEmpty();
        assertThat(occurrences(heldOut(Split.TEST), Split.VALIDATION)).isEmpty();
    }

    /// The sentences of a split's own phrasings by their first characters.
    private Map<String, List<String>> heldOut(Split split) {
        Map<String, List<String>> byStart = new HashMap<>();
        for (Fact fact : facts.all()) {
            for (Form form : List.of(Form.STATEMENT, Form.QUESTION)) {
                for (Phrasing phrasing : facts.phrasings(fact.relation(), form, split)) {
                    String text = phrasing.render(fact);
                    byStart.computeIfAbsent(text.substring(0, START), _ -> new ArrayList<>()).add(text);
                }
            }
        }
        return byStart;
    }

    private static final int START = 12;

    private static List<String> occurrences(Map<String, List<String>> byStart, Split split) {
        List<String> occurrences = new ArrayList<>();
        BuiltInCorpus corpus = new BuiltInCorpus(7);
        for (long index = 0; index < 3000; index++) {
            String document = corpus.document(split, index);
            for (int i = 0; i + START <= document.length(); i++) {
                for (String text : byStart.getOrDefault(document.substring(i, i + START), List.of())) {
                    if (document.startsWith(text, i)) {
                        occurrences.add(text);
                    }
                }
            }
        }
        return occurrences;
    }
}
