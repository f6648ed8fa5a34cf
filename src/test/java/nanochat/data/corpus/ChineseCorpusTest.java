package nanochat.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.data.BuiltInDocuments;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The Chinese texts: whole sentences in Chinese, and what training shows apart from what validation and tests ask.
class ChineseCorpusTest {
    private static final int MANY = 400;
    private final ChineseCorpus corpus = new ChineseCorpus(0);
    private final ChineseConversations conversations = new ChineseConversations(0);

    @Test
    void documentsAreChineseOfModerateLengthAndAlwaysTheSame() {
        Set<String> seen = new HashSet<>();
        ChineseCorpus again = new ChineseCorpus(0);
        for (int i = 0; i < MANY; i++) {
            String text = corpus.document(Split.TRAIN, i);
            assertThat(text.length()).as(text).isBetween(80, 700);
            assertThat(text).doesNotContain("{", "}");
            assertThat(again.document(Split.TRAIN, i)).isEqualTo(text);
            seen.add(text);
        }
        assertThat(seen).hasSize(MANY);
        String all = String.join("", seen);
        assertThat(all.codePoints().filter(Character::isIdeographic).count()).isGreaterThan(all.length() * 6 / 10);
    }

    @ParameterizedTest
    @EnumSource(ChineseKind.class)
    void theReplyThatTrainingGivesIsRightAndThatToAnotherQuestionMostlyIsNot(ChineseKind kind) {
        List<Exchange> exchanges = IntStream.range(0, MANY).mapToObj(i -> conversations.exchange(Split.TEST, kind, i)).toList();
        assertThat(exchanges).allSatisfy(exchange -> {
            assertThat(exchange.question()).isNotBlank().doesNotContain("{");
            assertThat(exchange.answer().isGivenBy(exchange.reply().text())).as(exchange.toString()).isTrue();
        });
        if (Set.of(ChineseKind.FACT, ChineseKind.POEM, ChineseKind.IDIOM, ChineseKind.SUM).contains(kind)) {
            long luck = IntStream.range(1, MANY)
                    .filter(i -> exchanges.get(i).answer().isGivenBy(exchanges.get(i - 1).reply().text())).count();
            assertThat(luck).isLessThan(MANY / 20);
        }
    }

    @ParameterizedTest
    @EnumSource(ChineseKind.class)
    void noQuestionOfATestIsAskedInTraining(ChineseKind kind) {
        Set<String> training = new HashSet<>();
        IntStream.range(0, 20 * MANY).forEach(i -> training.add(conversations.exchange(Split.TRAIN, kind, i).question()));
        for (int i = 0; i < MANY; i++) {
            assertThat(training).doesNotContain(conversations.exchange(Split.TEST, kind, i).question(),
                    conversations.exchange(Split.VALIDATION, kind, i).question());
        }
    }

    @Test
    void theCalculatorDoesTheSums() {
        for (int i = 0; i < MANY; i++) {
            List<Part> parts = conversations.exchange(Split.TRAIN, ChineseKind.SUM, i).reply().parts();
            assertThat(parts).hasSize(3).first().isInstanceOf(Part.Python.class);
        }
    }

    @Test
    void dialoguesHaveSoManyQuestionsAndConversationsEndWithReplies() {
        for (int i = 0; i < MANY; i++) {
            assertThat(conversations.dialogue(Split.TEST, 5, i)).hasSize(5);
            assertThat(conversations.conversation(Split.TRAIN, i).messages().getLast()).isInstanceOf(Message.Assistant.class);
        }
    }

    @Test
    void theCouplesOfLinesHaveOneAnswerEach() {
        ChineseFacts facts = new ChineseFacts();
        for (ChineseRelation relation : List.of(ChineseRelation.CAPITAL, ChineseRelation.NEXT_LINE, ChineseRelation.PREVIOUS_LINE,
                ChineseRelation.IDIOM_REST, ChineseRelation.SYMBOL, ChineseRelation.OPPOSITE)) {
            assertThat(facts.of(relation)).as(relation.toString()).extracting(ChineseFacts.Known::subject).doesNotHaveDuplicates();
        }
    }

    @Test
    void whatIsHeldOutForTheLevelsOfLearningIsNowhere() {
        for (int i = 0; i < 20 * MANY; i++) {
            assertThat(corpus.document(Split.TRAIN, i)).doesNotContain("把大象放进冰箱", "虽然外面下着大雨，但他还是没有带");
        }
    }

    @Test
    void bothLanguagesTakeTurnsAndEveryLanguageHasItsOwnFingerprint() {
        Corpus both = CorpusLanguage.BOTH.corpus(0);
        assertThat(both.document(Split.TRAIN, 6)).isEqualTo(new BuiltInCorpus(0).document(Split.TRAIN, 3));
        assertThat(both.document(Split.TRAIN, 7)).isEqualTo(corpus.document(Split.TRAIN, 3));
        assertThat(CorpusLanguage.BOTH.conversations(0).conversation(Split.TRAIN, 7)).isEqualTo(conversations.conversation(Split.TRAIN, 3));
        assertThat(List.of(CorpusLanguage.values())).extracting(language -> new BuiltInDocuments(0, language).fingerprint())
                .doesNotHaveDuplicates();
    }

    /// As it was before there was another language: earlier runs go on.
    @Test
    void theEnglishTextsAreWhatTheyWere() {
        assertThat(new BuiltInDocuments(0).fingerprint()).isEqualTo("builtin, seed 0, content 4e2210b8");
    }
}
