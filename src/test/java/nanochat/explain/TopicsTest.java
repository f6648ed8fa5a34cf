package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import nanochat.engine.Engine;
import nanochat.io.BadInputException;
import nanochat.page.HtmlPage;
import nanochat.page.MarkdownPage;
import nanochat.page.TerminalPage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// Every topic on a tiny model: what it claims must hold, in both languages.
class TopicsTest {
    private static final Pattern PLACEHOLDER = Pattern.compile("\\{\\d\\}");
    private static Subject subject;

    @BeforeAll
    static void makeSubject() {
        subject = Subject.tiny(List.of(), 2);
    }

    @AfterAll
    static void closeSubject() {
        subject.close();
    }

    static Stream<Topic> topics() {
        return Topics.all().stream();
    }

    private static Explanation explain(Topic topic, Language language, Map<String, String> chosen) {
        Messages messages = Messages.of(topic.name(), language);
        Explanation explanation = new Explanation(messages, subject.name(messages));
        topic.explain(subject, new Knobs(topic, chosen), explanation);
        return explanation;
    }

    @ParameterizedTest
    @MethodSource("topics")
    void whatATopicClaimsHoldsAndEveryKindOfPageShowsIt(Topic topic) {
        Explanation explanation = explain(topic, Language.ZH, Map.of());
        assertThat(explanation.claims()).isNotEmpty().allMatch(Explanation.Claim::ok);
        assertThat(explanation.figures()).isNotEmpty();
        assertThat(explanation.figures().values()).allMatch(Double::isFinite);
        String title = Messages.of(topic.name(), Language.ZH).text("title");
        assertThat(HtmlPage.of(explanation.document())).contains(title, "lang=\"zh-Hans\"").doesNotContain("{0}", "{1}");
        assertThat(MarkdownPage.of(explanation.document())).contains(title);
        assertThat(new TerminalPage(false).of(explanation.document())).contains(title).doesNotContain("\u001B");
    }

    @ParameterizedTest
    @MethodSource("topics")
    void bothLanguagesSayTheSameThings(Topic topic) {
        Messages english = Messages.of(topic.name(), Language.EN);
        Messages chinese = Messages.of(topic.name(), Language.ZH);
        assertThat(chinese.keys()).isEqualTo(english.keys());
        for (String key : english.keys()) {
            assertThat(placeholders(chinese.text(key))).as(key).isEqualTo(placeholders(english.text(key)));
        }
        assertThat(english.keys()).contains("question", "title");
        assertThat(topic.knobs()).allSatisfy(knob -> assertThat(english.text("knob." + knob.name())).isNotBlank());
    }

    /// What a reader may not know is said on the page itself.
    @ParameterizedTest
    @MethodSource("topics")
    void theWordsOfAPageAreExplainedOnIt(Topic topic) {
        Messages english = Messages.of(topic.name(), Language.EN);
        Messages chinese = Messages.of(topic.name(), Language.ZH);
        List<String> terms = List.of(english.text("terms").split(" ", -1));
        assertThat(terms).doesNotHaveDuplicates().contains(topic.name().equals("optimizer") ? "gradient" : "token");
        assertThat(chinese.text("terms").split(" ", -1)).containsExactlyElementsOf(terms);
        assertThat(terms).allSatisfy(term -> {
            assertThat(english.text("term." + term + ".means")).hasSizeBetween(20, 160);
            assertThat(chinese.text("term." + term + ".means")).hasSizeBetween(8, 80);
        });
    }

    private static TreeSet<String> placeholders(String text) {
        TreeSet<String> found = new TreeSet<>();
        PLACEHOLDER.matcher(text).results().map(MatchResult::group).forEach(found::add);
        return found;
    }

    @ParameterizedTest
    @EnumSource
    void theWordsThatAllShareAreTheSame(Language language) {
        assertThat(Messages.of("shared", language).keys()).isEqualTo(Messages.of("shared", Language.EN).keys());
    }

    /// Odd text is text too.
    @ParameterizedTest
    @MethodSource("topics")
    void anyTextCanBeShown(Topic topic) {
        if (topic.knobs().stream().anyMatch(knob -> knob.name().equals("text"))) {
            for (String text : List.of("ab", "<script>alert(1)</script>\u001B[31m", "一個字 😀 \u0000", "a\n\n\tb\\n   ")) {
                Explanation explanation = explain(topic, Language.EN, withText(topic, text));
                assertThat(explanation.claims()).as(text).allMatch(Explanation.Claim::ok);
                assertThat(HtmlPage.of(explanation.document())).doesNotContain("<script");
                assertThat(new TerminalPage(false).of(explanation.document())).doesNotContain("\u001B");
            }
        }
    }

    /// Without what does not depend on the text and takes its time.
    private static Map<String, String> withText(Topic topic, String text) {
        Map<String, String> chosen = new HashMap<>(Map.of("text", text));
        topic.knobs().stream().filter(knob -> knob.name().equals("steps")).forEach(knob -> chosen.put(knob.name(), "0"));
        topic.knobs().stream().filter(knob -> knob.name().equals("tokens")).forEach(knob -> chosen.put(knob.name(), "4"));
        return chosen;
    }

    @Test
    void whatCannotBeChosenIsRefused() {
        assertThatThrownBy(() -> Topics.named("magic")).isInstanceOf(BadInputException.class).hasMessageContaining("magic")
                .hasMessageContaining("tokens");
        assertThatThrownBy(() -> new Knobs(Topics.named("loss"), Map.of("colour", "1"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("colour").hasMessageContaining("masked");
        for (String value : List.of("-1", "48", "x", "", "99999999999")) {
            assertThatThrownBy(() -> new Knobs(Topics.named("loss"), Map.of("masked", value))).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("0 to 47");
        }
    }

    @Test
    void aPlaceInTheSourceIsWhereTheMethodBegins() {
        SourcePlace place = SourcePlace.of(Engine.class, "reload");
        assertThat(place.toString()).startsWith("src/main/java/nanochat/engine/Engine.java:");
        assertThat(place.code()).startsWith("public void reload(TensorSource weights) {").endsWith("}");
    }
}
