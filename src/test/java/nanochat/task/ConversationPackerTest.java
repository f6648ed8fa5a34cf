package nanochat.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import nanochat.conversation.ConversationFile;
import nanochat.conversation.RenderedConversation;
import nanochat.conversation.Rendering;
import nanochat.data.Batch;
import nanochat.data.corpus.BuiltInConversations;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The oracle is the rendering of each conversation, found again in the rows; and of a resumed packer the one that never stopped.
class ConversationPackerTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final Rendering RENDERING = new Rendering(BYTES);
    private static final int BOS = BYTES.id(SpecialToken.BOS);
    /// Tokens of a conversation beside the texts of its two messages.
    private static final int FRAME = 5;

    @TempDir
    Path folder;

    /// A question and an answer of one letter, repeated.
    private static String line(char letter, int question, int answer) {
        return "[{\"role\":\"user\",\"content\":\"" + ("" + letter).repeat(question) + "\"},{\"role\":\"assistant\",\"content\":\""
                + ("" + letter).repeat(answer) + "\"}]";
    }

    private Task task(String... lines) throws IOException {
        return new UserConversations(new ConversationFile(Files.write(folder.resolve("mine.jsonl"), List.of(lines))));
    }

    private static RenderedConversation rendered(Task task, int index) {
        return RENDERING.render(task.conversation(index));
    }

    private static List<Batch> all(ConversationPacker packer) {
        return Stream.generate(packer::next).takeWhile(Optional::isPresent).map(Optional::get).toList();
    }

    @Test
    void aRowHoldsTheLargestConversationsThatFitAndThenPadding() throws IOException {
        Task task = task(line('a', 1, 2), line('b', 1, 3), line('c', 3, 4));
        int length = 2 * FRAME + 7 + 3 + 4 - 1; // c and a, and 4 tokens too few for b
        List<Batch> batches = all(ConversationPacker.once(task, RENDERING, 2, length));

        assertThat(batches).hasSize(1);
        Batch batch = batches.getFirst();
        int[] first = row(task, length, 2, 1);
        int[] second = row(task, length, 0);
        assertThat(Arrays.copyOf(batch.inputs(), length)).isEqualTo(Arrays.copyOf(first, length));
        assertThat(Arrays.copyOfRange(batch.inputs(), length, 2 * length)).isEqualTo(Arrays.copyOf(second, length));
        assertThat(batch.targets()).isEqualTo(concatenate(targets(task, length, 2, 1), targets(task, length, 0)));
    }

    /// The tokens of conversations one after the other, then bos.
    private static int[] row(Task task, int length, int... conversations) {
        int[] row = new int[length + 1];
        Arrays.fill(row, BOS);
        int filled = 0;
        for (int index : conversations) {
            int[] tokens = rendered(task, index).tokens();
            System.arraycopy(tokens, 0, row, filled, tokens.length);
            filled += tokens.length;
        }
        return row;
    }

    /// What each of the first `length` tokens of a row is to be followed by, where that is trained on.
    private static int[] targets(Task task, int length, int... conversations) {
        List<Integer> all = new ArrayList<>();
        for (int index : conversations) {
            RenderedConversation conversation = rendered(task, index);
            for (int i = 0; i < conversation.length(); i++) {
                all.add(conversation.trained()[i] ? conversation.tokens()[i] : Batch.IGNORED);
            }
        }
        while (all.size() < length + 1) {
            all.add(Batch.IGNORED);
        }
        return all.stream().skip(1).mapToInt(Integer::intValue).toArray();
    }

    private static int[] concatenate(int[] first, int[] second) {
        int[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @Test
    void aConversationThatFillsTheRowToItsLastTargetIsNotCut() throws IOException {
        Task task = task(line('a', 4, 6));
        int length = FRAME + 10 - 1;
        Batch batch = ConversationPacker.once(task, RENDERING, 1, length).next().orElseThrow();
        assertThat(batch.validTargets()).isEqualTo(6 + 1);
        assertThat(batch.targets()[length - 1]).isEqualTo(BYTES.id(SpecialToken.ASSISTANT_END));
    }

    @Test
    void aConversationLongerThanARowIsCutToItsLength() throws IOException {
        Task task = task(line('a', 4, 100));
        Batch batch = ConversationPacker.once(task, RENDERING, 1, 20).next().orElseThrow();
        assertThat(batch.targets()).isEqualTo(Arrays.copyOf(targets(task, 200, 0), 20));
        assertThat(batch.inputs()).isEqualTo(Arrays.copyOf(rendered(task, 0).tokens(), 20));
    }

    @Test
    void whatThereIsNothingToLearnFromIsPassedOver() throws IOException {
        Task task = task("[]", line('q', 100, 3), "[{\"role\":\"user\",\"content\":\"hm\"}]", line('a', 1, 1), "[]");
        for (Batch batch : all(ConversationPacker.once(task, RENDERING, 2, 20))) {
            assertThat(batch.validTargets()).isEqualTo(2);
        }
        ConversationPacker endless = ConversationPacker.endless(task, RENDERING, 2, 20);
        for (int i = 0; i < 200; i++) {
            assertThat(endless.next().orElseThrow().validTargets()).as("two targets, three times in each of two rows").isEqualTo(12);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTaskWithoutAnythingToLearnFromIsAnErrorAndNoStall(boolean endless) throws IOException {
        Task task = task("[]", line('q', 100, 3));
        ConversationPacker packer = endless
                ? ConversationPacker.endless(task, RENDERING, 2, 20)
                : ConversationPacker.once(task, RENDERING, 2, 20);
        assertThatThrownBy(packer::next).isInstanceOf(BadInputException.class).hasMessageContaining("nothing to learn from");
    }

    @Test
    void anEmptyTaskHasNoBatch() {
        Task nothing = new BuiltInTalk(new BuiltInConversations(0), Split.TRAIN, 0);
        assertThat(ConversationPacker.once(nothing, RENDERING, 2, 20).next()).isEmpty();
        assertThat(ConversationPacker.endless(nothing, RENDERING, 2, 20).next()).isEmpty();
    }

    @Test
    void anEpochHasEveryConversationOnceAndEveryRowATarget() {
        Task task = new BuiltInTalk(new BuiltInConversations(0), Split.TRAIN, 300);
        int length = 300;
        long expected = 0;
        for (int i = 0; i < task.size(); i++) {
            RenderedConversation conversation = rendered(task, i).truncated(length + 1);
            for (boolean trained : conversation.trained()) {
                expected += trained ? 1 : 0;
            }
        }
        long found = 0;
        for (Batch batch : all(ConversationPacker.once(task, RENDERING, 1, length))) {
            assertThat(batch.validTargets()).isPositive();
            assertThat(batch.inputs()[0]).isEqualTo(BOS);
            found += batch.validTargets();
        }
        assertThat(found).isEqualTo(expected);
    }

    @Test
    void aResumedPackerGoesOnAsIfItHadNeverStopped() {
        long seed = new Random().nextLong();
        Task task = new Mixture(List.of(new BuiltInTalk(new BuiltInConversations(0), Split.TRAIN, 150)), seed);
        ConversationPacker whole = ConversationPacker.endless(task, RENDERING, 2, 400);
        for (int stop = 0; stop < 30; stop++) {
            ConversationPacker resumed = ConversationPacker.endless(task, RENDERING, 2, 400);
            resumed.restore(whole.position());
            Batch expected = whole.next().orElseThrow();
            Batch actual = resumed.next().orElseThrow();
            assertThat(actual.inputs()).as("seed %d, batch %d", seed, stop).isEqualTo(expected.inputs());
            assertThat(actual.targets()).as("seed %d, batch %d", seed, stop).isEqualTo(expected.targets());
            assertThat(resumed.position()).isEqualTo(whole.position());
        }
        assertThat(whole.position().epoch()).as("epochs begun").isGreaterThan(1);
    }

    @Test
    void otherConversationsThanBeforeAreRefused() {
        BuiltInConversations conversations = new BuiltInConversations(0);
        ConversationPosition position = ConversationPacker
                .endless(new BuiltInTalk(conversations, Split.TRAIN, 10), RENDERING, 1, 100).position();
        ConversationPacker other = ConversationPacker.endless(new BuiltInTalk(conversations, Split.TRAIN, 11), RENDERING, 1, 100);
        assertThatThrownBy(() -> other.restore(position)).isInstanceOf(BadInputException.class).hasMessageContainingAll("talk TRAIN 10",
                "talk TRAIN 11");
    }
}
