package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import nanochat.data.DocumentSource;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The questions are sound, and most words are right in one and wrong in another.
class QuestionTest {
    private static final int DOCUMENTS = 3000;
    private static final int SHORTEST_CONTEXT = 256;

    @ParameterizedTest
    @EnumSource
    void everyLevelHasDozensOfDifferentQuestions(Language language) {
        List<Question> questions = Question.all(language);
        for (Question.Level level : Question.Level.values()) {
            List<Question> own = questions.stream().filter(question -> question.level() == level).toList();
            assertThat(own).as("%s", level).hasSizeGreaterThanOrEqualTo(32);
            assertThat(own.stream().map(Question::context).distinct()).hasSameSizeAs(own);
        }
        assertThat(questions).allSatisfy(question -> {
            assertThat(question.options()).as("%s", question.context()).hasSizeBetween(3, 4).doesNotHaveDuplicates()
                    .allMatch(option -> !option.isBlank());
            int longest = question.options().stream().map(option -> option.getBytes(StandardCharsets.UTF_8).length).max(Comparator
                    .naturalOrder()).orElseThrow();
            assertThat(question.context().getBytes(StandardCharsets.UTF_8).length + longest).as("%s", question.context())
                    .isLessThan(SHORTEST_CONTEXT);
        });
    }

    /// Options of like length, so that none is likelier for being short.
    @Test
    void chineseOptionsAreOfEqualLength() {
        assertThat(Question.all(Language.ZH)).allSatisfy(question -> assertThat(question.options().stream().map(String::length).distinct()
                .count()).as("%s %s", question.context(), question.options()).isEqualTo(1));
    }

    /// Beyond set phrases nothing is learned by heart: the corpus has no such sentence.
    @Test
    void noSentenceIsInTheCorpus() {
        BuiltInCorpus corpus = new BuiltInCorpus(DocumentSource.BUILT_IN_SEED);
        String all = corpus.documents(Split.TRAIN).limit(DOCUMENTS).collect(Collectors.joining("\n"));
        assertThat(Question.all(Language.EN).stream().filter(question -> question.level() != Question.Level.COLLOCATION)
                .map(question -> question.context() + question.options().getFirst()).filter(all::contains))
                .allSatisfy(sentence -> assertThat(sentence.split(" ", -1)).as(sentence).hasSizeLessThan(4));
    }

    @ParameterizedTest
    @EnumSource
    void aModelThatKnowsOnlyWordsCannotKnowTheFacts(Language language) {
        List<Question> facts = Question.all(language).stream().filter(question -> question.level() == Question.Level.KNOWLEDGE).toList();
        Set<String> wrong = new HashSet<>();
        facts.forEach(question -> wrong.addAll(question.options().subList(1, question.options().size())));
        assertThat(facts.stream().filter(question -> wrong.contains(question.options().getFirst())).count()).isGreaterThan(facts.size()
                * 2L / 3);
    }

    @Test
    void thePoemIsAmongThem() {
        assertThat(Question.all(Language.ZH)).contains(new Question(Question.Level.COLLOCATION, "床前明月", List.of("光", "山", "人", "水")));
    }

    @Test
    void rowsDifferAfterWhatTheyHaveInCommon() {
        assertThat(Exam.common(List.of(new int[]{1, 2, 3}, new int[]{1, 2, 4}))).isEqualTo(2);
        assertThat(Exam.common(List.of(new int[]{1, 2, 3}, new int[]{1, 2, 3, 4}))).isEqualTo(2);
        assertThat(Exam.common(List.of(new int[]{1, 2}, new int[]{1, 3, 4}))).isEqualTo(1);
    }
}
