package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is kept of a conversation, in a file and back. Oracle: an engine that reads everything itself.
@Timeout(120)
class SavedCacheTest {
    private static final GptConfig MODEL = new GptConfig(1024, 90, 3, 2, 1, 32, "SSL", GptConfig.Generation.G2026_07);
    private static final Optional<String> MINE = Optional.of("mine");
    private static final int PAGE = 64;

    @TempDir
    Path folder;

    private final Workers workers = new Workers(2);

    @AfterEach
    void close() {
        workers.close();
    }

    private static int[] words(long seed, int length) {
        return new Random(seed).ints(length, 0, MODEL.vocabularySize()).toArray();
    }

    private static int[] join(int[]... parts) {
        return Stream.of(parts).flatMapToInt(IntStream::of).toArray();
    }

    private Engine engine(WeightFormat format, long seed) {
        return TestEngines.of(RandomTensors.weights(MODEL, seed, format), workers, 900);
    }

    /// The answer, and how many tokens of the prompt need not be read.
    private record Answer(List<Integer> tokens, int reused) {}

    private static Answer ask(SharedBatch shared, int[] prompt, Optional<String> scope) {
        int[] reused = new int[1];
        Sample sample = shared.generate(prompt, 1, 0, new Generation(40, Sampling.atTemperature(1), 7, Set.of()), scope, column -> {
            reused[0] = column.reusedTokens();
            return true;
        }).getFirst();
        return new Answer(IntStream.of(sample.tokens()).boxed().toList(), reused[0]);
    }

    @Test
    void aConversationGoesOnAfterLoadingAsIfNothingHadHappenedAndReadsOnlyWhatIsNew() {
        Path file = folder.resolve("conversation.kv");
        for (int length : new int[]{70, 100, 300, 700}) { // less and more than the windows of the short layers
            int[] prompt = words(length, length);
            int[] next;
            Answer expected;
            OptionalInt saved;
            try (Engine engine = engine(WeightFormat.F32, 1); SharedBatch shared = new SharedBatch(engine, 2, 100)) {
                Answer first = ask(shared, prompt, MINE);
                next = join(prompt, first.tokens.stream().mapToInt(Integer::intValue).toArray(), words(2, 20));
                expected = ask(shared, next, Optional.empty());
                saved = engine.saveKept("mine", prompt, file, engine.fingerprint(), bytes -> bytes > 0);
                assertThat(saved).as("the answer's tokens too, but the last, in whole pages").hasValue((length + 39) / PAGE * PAGE);
            }
            try (Engine engine = engine(WeightFormat.F32, 1); SharedBatch shared = new SharedBatch(engine, 2, 100)) {
                assertThat(engine.loadKept("mine", file, engine.fingerprint())).isEqualTo(saved);
                assertThat(engine.cachePages()).as("nothing that cannot be given away").isZero();
                assertThat(engine.reservedCacheBytes()).isZero();
                assertThat(ask(shared, next, Optional.of("somebody else")).reused).isZero();
                Answer loaded = ask(shared, next, MINE);
                assertThat(loaded.reused).isEqualTo(saved.getAsInt());
                assertThat(loaded.tokens).isEqualTo(expected.tokens);
            }
        }
    }

    @Test
    void anAnswerThatItsListenerEndedIsKeptWhenTheListenerTellsOfIt() {
        try (Engine engine = engine(WeightFormat.F32, 1); SharedBatch shared = new SharedBatch(engine, 2, 100)) {
            int[] prompt = words(4, 50);
            String fingerprint = engine.fingerprint();
            int[] tokens = new int[1];
            List<OptionalInt> saved = new ArrayList<>();
            shared.generate(prompt, 1, 0, new Generation(100, Sampling.atTemperature(1), 7, Set.of()), MINE, column -> {
                if (column.token(0) != ColumnListener.Column.ENDED && ++tokens[0] == 30) {
                    column.stop(0);
                    saved.add(engine.saveKept("mine", prompt, folder.resolve("stopped.kv"), fingerprint, _ -> true));
                }
                return true;
            });
            assertThat(saved).containsExactly(OptionalInt.of((50 + 29) / PAGE * PAGE));
            assertThat(engine.reservedCacheBytes()).isZero();
            assertThat(engine.cachePages()).isZero();
        }
    }

    @Test
    void whatOthersNeedTheMemoryOfWhileItIsSavedIsNotSavedAndAnOlderFileStays() throws IOException {
        Path file = folder.resolve("taken.kv");
        long few = KvCache.bytesOf(MODEL, 0, WeightFormat.F32.keysAndValues(), 400);
        try (Engine engine = TestEngines.of(RandomTensors.weights(MODEL, 1, WeightFormat.F32), workers, 900, few);
                SharedBatch shared = new SharedBatch(engine, 2, 100)) {
            String fingerprint = engine.fingerprint();
            ask(shared, words(1, 300), MINE);
            assertThat(engine.saveKept("mine", words(1, 300), file, fingerprint, _ -> true)).isPresent();
            byte[] older = Files.readAllBytes(file);
            assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> engine.saveKept("mine", words(1, 300), file, fingerprint,
                    _ -> {
                        ask(shared, words(2, 350), Optional.of("yours")); // which has no memory beside the other
                        return true;
                    })).withMessageContaining("needed the memory");
            assertThat(Files.readAllBytes(file)).isEqualTo(older);
            try (Stream<Path> files = Files.list(folder)) {
                assertThat(files).containsExactly(file);
            }
            assertThat(engine.saveKept("mine", words(1, 300), file, fingerprint, _ -> true)).isEmpty();
            assertThat(engine.loadKept("mine", file, fingerprint)).isPresent();
            assertThat(engine.cachePages()).isZero();
        }
    }

    @Test
    void ofAPromptThatIsOnlyPartlyKeptThatPartIsSavedAndOfAnotherScopeNothing() {
        Path file = folder.resolve("part.kv");
        try (Engine engine = engine(WeightFormat.BF16, 1); SharedBatch shared = new SharedBatch(engine, 2, 100)) {
            int[] prompt = words(5, 300);
            ask(shared, prompt, MINE);
            String fingerprint = engine.fingerprint();
            int[] other = join(Arrays.copyOf(prompt, 200), words(6, 100));
            assertThat(engine.saveKept("mine", other, file, fingerprint, _ -> true)).hasValue(200 / PAGE * PAGE);
            assertThat(engine.saveKept("mine", words(9, 300), file, fingerprint, _ -> true)).isEmpty();
            assertThat(engine.saveKept("yours", prompt, file, fingerprint, _ -> true)).isEmpty();
            assertThat(engine.saveKept("mine", Arrays.copyOf(prompt, PAGE - 1), folder.resolve("short.kv"), fingerprint, _ -> true))
                    .as("a prompt that goes on as it went on").isPresent();
            assertThat(engine.saveKept("mine", prompt, folder.resolve("never.kv"), fingerprint, _ -> false)).isEmpty();
            assertThat(folder.resolve("never.kv")).doesNotExist();
        }
    }

    @Test
    void aFileOfOtherWeightsOrOfAnotherFormatIsOfNoUse() {
        Path file = folder.resolve("mine.kv");
        try (Engine engine = engine(WeightFormat.F32, 1); SharedBatch shared = new SharedBatch(engine, 2, 100)) {
            ask(shared, words(1, 100), MINE);
            assertThat(engine.saveKept("mine", words(1, 100), file, engine.fingerprint(), _ -> true)).isPresent();
        }
        for (Engine other : List.of(engine(WeightFormat.F32, 2), engine(WeightFormat.BF16, 1), engine(WeightFormat.INT8, 1))) {
            try (other) {
                assertThatExceptionOfType(BadInputException.class).isThrownBy(() -> other.loadKept("mine", file, other.fingerprint()))
                        .withMessageContaining("another model");
                assertThat(other.keptCachePages()).isZero();
            }
        }
    }

    @Test
    void nothingIsLoadedWhereWhatIsUnderWayNeedsTheMemory() {
        Path file = folder.resolve("large.kv");
        EngineWeights weights = RandomTensors.weights(MODEL, 1, WeightFormat.F32);
        try (Engine engine = TestEngines.of(weights, workers, 900); SharedBatch shared = new SharedBatch(engine, 2, 100)) {
            ask(shared, words(1, 700), MINE);
            assertThat(engine.saveKept("mine", words(1, 700), file, engine.fingerprint(), _ -> true)).isPresent();
        }
        long few = KvCache.bytesOf(MODEL, 0, WeightFormat.F32.keysAndValues(), 200);
        try (Engine small = TestEngines.of(weights, workers, 900, few); SharedBatch shared = new SharedBatch(small, 2, 100)) {
            assertThat(small.loadKept("mine", file, small.fingerprint())).isEmpty();
            assertThat(small.reservedCacheBytes()).isZero();
            assertThat(ask(shared, words(1, 100), MINE).reused).isZero();
        }
    }

    @Test
    void damagedAndHostileFilesAreRefusedAndChangeNothing() throws IOException {
        Path file = folder.resolve("good.kv");
        try (Engine engine = engine(WeightFormat.F32, 1); SharedBatch shared = new SharedBatch(engine, 2, 100)) {
            ask(shared, words(1, 200), MINE);
            String fingerprint = engine.fingerprint();
            assertThat(engine.saveKept("mine", words(1, 200), file, fingerprint, _ -> true)).isPresent();
            engine.forgetKept();
            byte[] good = Files.readAllBytes(file);
            Random random = new Random(3);
            for (int i = 0; i < 300; i++) {
                byte[] bad = good.clone();
                int kind = i % 4;
                if (kind == 0) { // damaged
                    bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
                } else if (kind == 1) { // cut
                    bad = Arrays.copyOf(good, random.nextInt(good.length));
                } else { // somebody made it so: numbers of the head are others, the checksum is right
                    int place = 8 + 32 + 4 * random.nextInt(kind == 2 ? 5 : 40);
                    int value = kind == 2
                            ? List.of(-1, 0, 1, 63, 1 << 20, Integer.MAX_VALUE, Integer.MIN_VALUE).get(random.nextInt(7))
                            : 90 + random.nextInt(1 << 30);
                    ByteBuffer content = ByteBuffer.wrap(bad).order(ByteOrder.LITTLE_ENDIAN);
                    if (content.getInt(place) == value) {
                        continue;
                    }
                    content.putInt(place, value);
                    CRC32C sum = new CRC32C();
                    sum.update(bad, 0, bad.length - 8);
                    content.putLong(bad.length - 8, sum.getValue());
                }
                Path hostile = Files.write(folder.resolve("bad.kv"), bad);
                assertThatExceptionOfType(BadInputException.class).as("case %d", i)
                        .isThrownBy(() -> engine.loadKept("mine", hostile, fingerprint)).withMessageContaining("bad.kv");
                assertThat(engine.keptCachePages()).isZero();
                assertThat(engine.reservedCacheBytes()).isZero();
            }
            assertThatExceptionOfType(BadInputException.class)
                    .isThrownBy(() -> engine.loadKept("mine", folder.resolve("absent.kv"), fingerprint)).withMessageContaining("no file");
            assertThat(engine.loadKept("mine", file, fingerprint)).hasValue((200 + 39) / PAGE * PAGE);
        }
    }
}
