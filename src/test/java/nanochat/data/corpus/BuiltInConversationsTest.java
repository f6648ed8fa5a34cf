package nanochat.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.engine.tool.Calculator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Oracles: the conversations themselves drawn again, the calculator, and Java's own strings.
class BuiltInConversationsTest {
    private static final int COUNT = 3000;
    private final BuiltInConversations conversations = new BuiltInConversations(5);

    private List<Conversation> some(Split split) {
        return conversations.conversations(split).limit(COUNT).toList();
    }

    @Test
    void seedSplitAndIndexDecideAConversationInAnyOrderAndOnAnyThread() {
        List<Conversation> inOrder = conversations.conversations(Split.TRAIN).limit(300).toList();
        BuiltInConversations again = new BuiltInConversations(5);
        assertThat(IntStream.range(0, 300).mapToObj(i -> again.conversation(Split.TRAIN, 299 - i)).toList().reversed()).isEqualTo(inOrder);
        assertThat(LongStream.range(0, 300).parallel().mapToObj(i -> conversations.conversation(Split.TRAIN, i)).toList())
                .isEqualTo(inOrder);
        assertThat(new BuiltInConversations(6).conversations(Split.TRAIN).limit(300).toList()).isNotEqualTo(inOrder);
    }

    @Test
    void aConversationHasOneToEightExchangesAndEndsWithTheAssistant() {
        Set<Integer> sizes = new HashSet<>();
        for (Conversation conversation : some(Split.TRAIN)) {
            List<Message> messages = conversation.messages();
            assertThat(messages.getLast()).isInstanceOf(Message.Assistant.class);
            sizes.add(messages.stream().filter(Message.User.class::isInstance).toList().size());
        }
        assertThat(sizes).containsExactlyInAnyOrder(1, 2, 3, 4, 5, 6, 7, 8);
    }

    @ParameterizedTest
    @EnumSource
    void everyToolCallIsFollowedByItsResult(Split split) {
        int calls = 0;
        for (Conversation conversation : some(split)) {
            for (Message message : conversation.messages()) {
                if (message instanceof Message.Assistant(List<Part> parts)) {
                    for (int i = 0; i < parts.size(); i++) {
                        if (parts.get(i) instanceof Part.Python(String expression)) {
                            assertThat(parts.get(i + 1)).isEqualTo(new Part.PythonOutput(Calculator.evaluate(expression).orElseThrow()));
                            calls++;
                        }
                    }
                }
            }
        }
        assertThat(calls).isGreaterThan(COUNT / 4);
    }

    @Test
    void aDialogueIsTheSameEveryTimeAndItsRepliesAreRight() {
        Set<Exchange.Kind> kinds = new HashSet<>();
        Set<List<Exchange>> dialogues = new HashSet<>();
        BuiltInConversations again = new BuiltInConversations(5);
        for (long index = 0; index < 200; index++) {
            List<Exchange> dialogue = conversations.dialogue(Split.TEST, 5, index);
            assertThat(dialogue).hasSize(5).isEqualTo(again.dialogue(Split.TEST, 5, index));
            assertThat(dialogue).allMatch(exchange -> exchange.answer().isGivenBy(exchange.reply().text()));
            dialogue.forEach(exchange -> kinds.add(exchange.kind()));
            dialogues.add(dialogue);
        }
        assertThat(kinds).containsExactlyInAnyOrder(Exchange.Kind.values());
        assertThat(dialogues).hasSize(200);
    }

    @Test
    void noQuestionOfATestDialogueIsTrainedOn() {
        Set<String> trained = questions(some(Split.TRAIN));
        for (long index = 0; index < 200; index++) {
            assertThat(conversations.dialogue(Split.TEST, 5, index)).extracting(Exchange::question).doesNotContainAnyElementsOf(trained);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theReplyOfTrainingIsRight(Exchange.Kind kind) {
        for (Split split : Split.values()) {
            for (long index = 0; index < 1000; index++) {
                Exchange exchange = conversations.exchange(split, kind, index);
                assertThat(exchange.kind()).isEqualTo(kind);
                assertThat(exchange.question() + exchange.reply().text()).matches("[ -~×÷]+").doesNotContain("{", "}", "  ");
                assertThat(exchange.answer().isGivenBy(exchange.reply().text())).as("%s", exchange).isTrue();
            }
        }
    }

    @Test
    void noQuestionIsAskedInTwoSplits() {
        Map<String, Split> splits = new HashMap<>();
        for (Split split : Split.values()) {
            Set<String> asked = questions(some(split));
            for (Exchange.Kind kind : Exchange.Kind.values()) {
                for (long index = 0; index < 1000; index++) {
                    asked.add(conversations.exchange(split, kind, index).question());
                }
            }
            assertThat(asked).hasSizeGreaterThan(1000);
            asked.forEach(question -> assertThat(splits.put(question, split)).as(question).isNull());
        }
    }

    private static Set<String> questions(List<Conversation> conversations) {
        Set<String> questions = new HashSet<>();
        for (Conversation conversation : conversations) {
            for (Message message : conversation.messages()) {
                if (message instanceof Message.User(String text)) {
                    questions.add(text);
                }
            }
        }
        return questions;
    }

    @Test
    void aStrangeWordLeavesWhatTheReplyRepeats() {
        Manner manner = new Manner(new Words());
        int changed = 0;
        for (long index = 0; index < 1000; index++) {
            String asked = manner.apply(Draw.of(1, 1, Split.TRAIN, index), "What does 12 times 7 make for Ben?", "12 * 7 = 84.");
            assertThat(asked).contains("12 ", " times ", "7 ", " Ben");
            changed += asked.contains("make") && asked.contains("does") && asked.contains("for") ? 0 : 1;
        }
        assertThat(changed).isBetween(250, 450);
    }

    @Test
    void theKindsAddUpToAHundred() {
        assertThat(Stream.of(Exchange.Kind.values()).mapToInt(Exchange.Kind::percent).sum())
                .isEqualTo(100);
    }
}
