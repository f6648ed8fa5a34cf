package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.engine.Sample.End;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.model.GptConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Several threads on one engine, against an engine of one's own: with f32 weights the tokens must be the same.
@Timeout(120)
class SharedBatchTest {
    private static final GptConfig MODEL = new GptConfig(256, 90, 2, 2, 1, 32, "SL", GptConfig.Generation.G2026_07);
    private static final int USERS = 5;
    private static final int TURNS = 3;

    private final Workers workers = new Workers(2);
    private final EngineWeights weights = RandomTensors.weights(MODEL, 4, WeightFormat.F32);
    private final Engine engine = engine();

    private Engine engine() {
        return TestEngines.of(weights, workers, 500);
    }

    @AfterEach
    void close() {
        engine.close();
        workers.close();
    }

    private static int[] words(long seed, int length) {
        return new Random(seed).ints(length, 0, MODEL.vocabularySize()).toArray();
    }

    private static int[] join(int[]... parts) {
        return Stream.of(parts).flatMapToInt(IntStream::of).toArray();
    }

    private static Generation request(int seed) {
        return new Generation(20 + 7 * seed, Sampling.atTemperature(1), seed, Set.of(3));
    }

    /// A conversation: every turn's prompt is all before it and something new.
    private static List<List<Sample>> converse(Generator generator, int user) {
        List<List<Sample>> answers = new ArrayList<>();
        Sequence context = generator.newContext();
        int[] prompt = words(user, 10 + 40 * user);
        for (int turn = 0; turn < TURNS; turn++) {
            List<Integer> heard = new ArrayList<>();
            List<Sample> answer = generator.generate(context, prompt, 1, request(user), column -> {
                if (column.token(0) != ColumnListener.Column.ENDED) {
                    heard.add(column.token(0));
                }
                return true;
            });
            answers.add(answer);
            assertThat(heard).containsExactlyElementsOf(IntStream.of(answer.getFirst().tokens()).boxed().toList());
            prompt = join(prompt, answer.getFirst().tokens(), words(100 * user + turn, 5));
        }
        generator.release(context);
        answers.add(generator.generate(words(user, 30), 3, request(user), ColumnListener.NONE));
        return answers;
    }

    private static List<List<Sample>> askAll(Generator generator) {
        return generator.generateAll(IntStream.range(0, 9).mapToObj(i -> words(i, 3 + 11 * i)).toList(), 2, request(1), () -> {});
    }

    @Test
    void whoeverSharesABatchGetsTheTokensThatAnEngineOfItsOwnWouldGive() throws Exception {
        List<List<List<Sample>>> expected = new ArrayList<>();
        List<List<Sample>> expectedOfAll;
        try (Engine own = engine()) {
            for (int user = 0; user < USERS; user++) {
                expected.add(converse(own, user));
            }
            expectedOfAll = askAll(own);
        }
        try (SharedBatch shared = new SharedBatch(engine, 4, 30); ExecutorService threads = Executors.newFixedThreadPool(USERS + 1)) {
            List<Future<List<List<Sample>>>> answers = new ArrayList<>();
            for (int user = 0; user < USERS; user++) {
                int who = user;
                answers.add(threads.submit(() -> converse(shared, who)));
            }
            Future<List<List<Sample>>> ofAll = threads.submit(() -> askAll(shared));
            for (int user = 0; user < USERS; user++) {
                assertThat(answers.get(user).get()).as("user %s", user).usingRecursiveComparison().isEqualTo(expected.get(user));
            }
            assertThat(ofAll.get()).usingRecursiveComparison().isEqualTo(expectedOfAll);
        }
    }

    @Test
    void whatIsWrongWithOneRequestHarmsNoOther() throws Exception {
        try (SharedBatch shared = new SharedBatch(engine, 4, 64); ExecutorService threads = Executors.newFixedThreadPool(1)) {
            Future<List<List<Sample>>> other = threads.submit(() -> converse(shared, 4));
            assertThatThrownBy(() -> shared.generate(new int[0], 1, request(1), ColumnListener.NONE)).isInstanceOf(BadInputException.class);
            assertThatThrownBy(() -> shared.generateAll(List.of(new int[]{1}, new int[]{90}), 1, request(1), () -> {}))
                    .isInstanceOf(BadInputException.class).hasMessageContaining("90");
            assertThatThrownBy(() -> shared.generate(words(1, 5), 2, request(1), _ -> {
                throw new IllegalStateException("enough");
            })).hasMessage("enough");
            assertThatThrownBy(() -> shared.generateAll(List.of(words(1, 5), words(2, 5)), 1, request(1), () -> {
                throw new IllegalStateException("stop");
            })).hasMessage("stop");
            Sequence mine = engine.newContext();
            assertThatThrownBy(() -> shared.generate(mine, words(1, 5), 1, request(1), ColumnListener.NONE))
                    .isInstanceOf(IllegalStateException.class).hasMessageContaining("hand it over");
            try (Engine own = engine()) {
                assertThat(other.get()).usingRecursiveComparison().isEqualTo(converse(own, 4));
            }
        }
    }

    @Test
    void aListenerMayEndItsRowsAndOnlyThose() {
        try (SharedBatch shared = new SharedBatch(engine, 4, 64); Engine own = engine()) {
            ColumnListener three = new ColumnListener() {
                private int columns;

                @Override
                public boolean accept(Column column) {
                    return column.token(0) == Column.ENDED || ++columns % 3 != 0;
                }
            };
            Generation free = new Generation(50, Sampling.atTemperature(1), 1, Set.of());
            assertThat(shared.generate(words(1, 5), 2, free, three)).usingRecursiveComparison()
                    .isEqualTo(own.generate(words(1, 5), 2, free, three));
        }
    }

    @Test
    void anInterruptEndsWhatTheInterruptedCallerAskedFor() throws Exception {
        try (SharedBatch shared = new SharedBatch(engine, 2, 64)) {
            CountDownLatch begun = new CountDownLatch(1);
            List<Sample> got = new ArrayList<>();
            boolean[] stillInterrupted = new boolean[1];
            Thread caller = Thread.ofPlatform().start(() -> {
                got.addAll(shared.generate(words(1, 5), 1, Generation.greedy(490, Set.of()), column -> {
                    if (column.token(0) != ColumnListener.Column.ENDED) {
                        begun.countDown();
                        slowly();
                    }
                    return true;
                }));
                stillInterrupted[0] = Thread.currentThread().isInterrupted();
            });
            begun.await();
            caller.interrupt();
            caller.join();
            assertThat(stillInterrupted[0]).isTrue();
            assertThat(got.getFirst().end()).isEqualTo(End.CANCELLED);
            assertThat(got.getFirst().tokens().length).isBetween(1, 480);
            assertThat(shared.generate(words(1, 5), 1, Generation.greedy(5, Set.of()), ColumnListener.NONE).getFirst().tokens()).hasSize(5);
        }
    }

    private static void slowly() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void closingEndsWhatIsUnderWayAndNothingCanBeAskedAfterwards() throws Exception {
        SharedBatch shared = new SharedBatch(engine, 2, 64);
        CountDownLatch begun = new CountDownLatch(1);
        List<Sample> got = new ArrayList<>();
        Thread caller = Thread.ofPlatform()
                .start(() -> got.addAll(shared.generate(words(1, 5), 1, Generation.greedy(490, Set.of()), _ -> {
                    begun.countDown();
                    slowly();
                    return true;
                })));
        begun.await();
        shared.close();
        caller.join();
        assertThat(got.getFirst().end()).isEqualTo(End.CANCELLED);
        assertThatThrownBy(() -> shared.generate(words(1, 5), 1, request(1), ColumnListener.NONE)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void callersThatLeaveAtAnyMomentLeaveNoRowAndNoPage() throws Exception {
        try (Engine small = TestEngines.of(weights, workers, 500, 120L * 4 * 64 * (16 + 64));
                SharedBatch shared = new SharedBatch(small, 4, 30);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Random random = new Random(8);
            List<Future<List<Sample>>> asked = IntStream.range(0, 40).mapToObj(i -> threads.submit(() -> shared.generate(
                    words(i % 5, 20 + 7 * i), 1 + i % 2, 0, request(i % 7), i % 3 == 0 ? Optional.empty() : Optional.of("scope"),
                    ColumnListener.NONE))).toList();
            int answered = 0;
            for (int i = 0; i < asked.size(); i++) {
                if (random.nextBoolean()) {
                    asked.get(i).cancel(true);
                } else {
                    assertThat(asked.get(i).get()).hasSize(1 + i % 2);
                    answered++;
                }
            }
            threads.shutdown();
            assertThat(threads.awaitTermination(1, TimeUnit.MINUTES)).isTrue();
            assertThat(answered).isBetween(5, 35);
            assertThat(shared.generate(words(1, 5), 1, 0, request(1), Optional.empty(), ColumnListener.NONE)).as("it goes on").hasSize(1);
            assertThat(small.reservedCacheBytes()).isZero();
            assertThat(small.cachePages()).isZero();
            small.forgetKept();
            assertThat(small.keptCachePages()).isZero();
        }
    }
}
