package nanochat.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Oracles: the packers on the calling thread, and a loader that was never stopped.
class BatchLoaderTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int BOS = BYTES.id(SpecialToken.BOS);

    @TempDir
    Path folder;

    private record Line(String text) {}

    /// A word soup, of `count` documents up to `longest` words.
    private static List<String> randomTexts(long seed, int count, int longest) {
        SplittableRandom random = new SplittableRandom(seed);
        return random.ints(count, 1, longest).mapToObj(words -> {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < words; i++) {
                text.append((char) ('a' + random.nextInt(26))).append(random.nextInt(1000)).append(' ');
            }
            return text.toString().strip();
        }).toList();
    }

    private FileDocuments files(long seed) throws IOException {
        Files.writeString(folder.resolve("a.jsonl"),
                String.join("\n", randomTexts(seed, 700, 40).stream().map(text -> Json.line(new Line(text))).toList()));
        Files.writeString(folder.resolve("b.txt"), String.join("\n\n", randomTexts(seed + 1, 900, 60)));
        Files.writeString(folder.resolve("c.jsonl"),
                String.join("\n", randomTexts(seed + 2, 60, 40).stream().map(text -> Json.line(new Line(text))).toList()));
        return new FileDocuments(List.of(folder), TextSplit.BLANK_LINES);
    }

    private static DocumentSource builtIn() {
        return new BuiltInDocuments(7);
    }

    private static void assertSame(Batch actual, Batch expected) {
        assertThat(actual.inputs()).isEqualTo(expected.inputs());
        assertThat(actual.targets()).isEqualTo(expected.targets());
    }

    @ParameterizedTest
    @EnumSource
    void batchesPackedAheadAreThoseOfTheCallingThread(Packing packing) throws IOException {
        BatchLayout layout = new BatchLayout(packing, 3, 50);
        DocumentSource source = files(1);
        try (BatchLoader loader = new BatchLoader(source, BYTES, layout, Share.WHOLE);
                BatchPacker packer = BatchPacker.training(source, BYTES, layout, Share.WHOLE)) {
            assertThat(loader.state()).isEqualTo(packer.state());
            for (int i = 0; i < 2000; i++) {
                assertSame(loader.next(), packer.next().orElseThrow());
                if (i % 50 == 0) {
                    assertThat(loader.state()).isEqualTo(packer.state());
                }
            }
            assertThat(loader.state().epoch()).isGreaterThan(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyTargetIsTheInputAfterIt(Packing packing) throws IOException {
        try (BatchLoader loader = new BatchLoader(files(2), BYTES, new BatchLayout(packing, 2, 31), Share.WHOLE)) {
            for (int i = 0; i < 50; i++) {
                Batch batch = loader.next();
                for (int row = 0; row < 2; row++) {
                    int from = row * 31;
                    assertThat(Arrays.copyOfRange(batch.inputs(), from + 1, from + 31))
                            .isEqualTo(Arrays.copyOfRange(batch.targets(), from, from + 30));
                    if (packing == Packing.BESTFIT) {
                        assertThat(batch.inputs()[from]).isEqualTo(BOS);
                    }
                }
                assertThat(batch.validTargets()).isEqualTo(62);
            }
        }
    }

    @Test
    void rowsOfContinuedBatchesGoOnWhereTheyStopped() throws IOException {
        try (BatchLoader loader = new BatchLoader(files(2), BYTES, new BatchLayout(Packing.CONTINUED, 3, 31), Share.WHOLE)) {
            Batch before = loader.next();
            for (int i = 0; i < 200; i++) {
                Batch batch = loader.next();
                for (int row = 0; row < 3; row++) {
                    assertThat(batch.inputs()[row * 31]).isEqualTo(before.targets()[row * 31 + 30]);
                }
                before = batch;
            }
        }
    }

    @Test
    void aContinuedLoaderGoesOnWithAsManyRowsOnly() throws IOException {
        DocumentSource source = files(2);
        try (BatchLoader loader = new BatchLoader(source, BYTES, new BatchLayout(Packing.CONTINUED, 3, 31), Share.WHOLE)) {
            loader.next();
            LoaderState state = loader.state();
            assertThat(state.buffered()).hasSize(3);
            assertThatThrownBy(() -> new BatchLoader(source, BYTES, new BatchLayout(Packing.CONTINUED, 4, 31), state)).isInstanceOf(
                    BadInputException.class).hasMessageContaining("number of rows in a micro-batch was '3'");
        }
    }

    @Test
    void theStateOfAnOlderCheckpointIsRead() throws IOException {
        try (BatchLoader loader = new BatchLoader(files(2), BYTES, new BatchLayout(Packing.STREAM, 1, 31), Share.WHOLE)) {
            loader.next();
            LoaderState state = loader.state();
            String older = Json.line(state).replaceAll("\"consumed\":\\[(\\d+)\\]", "\"consumed\":$1");
            assertThat(older).isNotEqualTo(Json.line(state));
            assertThat(Json.LINE.readValue(older, LoaderState.class)).isEqualTo(state);
        }
    }

    @ParameterizedTest
    @EnumSource
    void resumingAnywhereGivesTheSameBatches(Packing packing) throws IOException {
        SplittableRandom random = new SplittableRandom(99);
        for (DocumentSource source : List.of(files(3), builtIn())) {
            for (int trial = 0; trial < 6; trial++) {
                BatchLayout layout = new BatchLayout(packing, random.nextInt(1, 5), random.nextInt(1, 120));
                Share share = new Share(trial % 2, 1 + trial % 2);
                int stop = random.nextInt(0, 400);
                LoaderState state;
                List<Batch> expected = new ArrayList<>();
                LoaderState expectedEnd;
                try (BatchLoader whole = new BatchLoader(source, BYTES, layout, share)) {
                    for (int i = 0; i < stop; i++) {
                        whole.next();
                    }
                    state = whole.state();
                    for (int i = 0; i < 100; i++) {
                        expected.add(whole.next());
                    }
                    expectedEnd = whole.state();
                }
                String json = Json.line(state);
                assertThat(json.length()).isLessThan(100_000);
                LoaderState read = Json.LINE.readValue(json, LoaderState.class);
                assertThat(read).isEqualTo(state);
                try (BatchLoader resumed = new BatchLoader(source, BYTES, layout, read)) {
                    for (Batch batch : expected) {
                        assertSame(resumed.next(), batch);
                    }
                    assertThat(resumed.state()).isEqualTo(expectedEnd);
                }
            }
        }
    }

    @Test
    void theShareCroppedIsThatOfTheTokensRead() throws IOException {
        BatchLayout layout = new BatchLayout(Packing.BESTFIT, 4, 2000);
        try (BatchLoader loader = new BatchLoader(builtIn(), BYTES, layout, Share.WHOLE)) {
            for (int i = 0; i < 100; i++) {
                loader.next();
            }
            LoaderState state = loader.state();
            assertThat(state.packedTokens()).isEqualTo(100 * 4 * 2001);
            BuiltInCorpus corpus = new BuiltInCorpus(7);
            long read = 0;
            for (long index = 0; index < state.next().index(); index++) {
                read += 1 + BYTES.encode(corpus.document(Split.TRAIN, index)).length;
            }
            long buffered = 0;
            for (DocumentPosition position : state.buffered()) {
                buffered += 1 + BYTES.encode(corpus.document(Split.TRAIN, position.index())).length;
            }
            assertThat(state.croppedTokens()).isEqualTo(read - buffered - state.packedTokens());
            assertThat(state.croppedShare()).isEqualTo(state.croppedTokens() / (double) (read - buffered)).isBetween(0.0, 0.1);
        }
    }

    @Test
    void aStateOfOtherDataOrPackingIsRefused() throws IOException {
        BatchLayout layout = new BatchLayout(Packing.BESTFIT, 1, 20);
        LoaderState state;
        try (BatchLoader loader = new BatchLoader(files(4), BYTES, layout, Share.WHOLE)) {
            loader.next();
            state = loader.state();
        }
        assertThatThrownBy(() -> new BatchLoader(builtIn(), BYTES, layout, state)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("the data was");
        BatchLayout stream = new BatchLayout(Packing.STREAM, 1, 20);
        DocumentSource source = files(4);
        assertThatThrownBy(() -> new BatchLoader(source, BYTES, stream, state)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("the packing was 'BESTFIT'");
    }

    @ParameterizedTest
    @EnumSource
    void dataSmallerThanOneBatchIsAnError(Packing packing) throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "held out\n\n" + "twenty characters..\n\n".repeat(3));
        DocumentSource source = new FileDocuments(List.of(file), TextSplit.BLANK_LINES);
        // 3 documents of 19 characters and bos
        try (BatchLoader loader = new BatchLoader(source, BYTES, new BatchLayout(packing, 3, 19), Share.WHOLE)) {
            loader.next();
        }
        try (BatchLoader loader = new BatchLoader(source, BYTES, new BatchLayout(packing, 3, 20), Share.WHOLE)) {
            assertThatThrownBy(loader::next).isInstanceOf(BadInputException.class).hasMessageContaining("come to 60 tokens")
                    .hasMessageContaining("a batch takes 63");
        }
    }

    @Test
    void aSingleDocumentIsTooLittleToTrainOn() throws IOException {
        Path file = Files.writeString(folder.resolve("a.txt"), "one document");
        DocumentSource source = new FileDocuments(List.of(file), TextSplit.BLANK_LINES);
        try (BatchLoader loader = new BatchLoader(source, BYTES, new BatchLayout(Packing.BESTFIT, 1, 1), Share.WHOLE)) {
            assertThatThrownBy(loader::next).isInstanceOf(BadInputException.class).hasMessageContaining("come to 0 tokens");
        }
    }

    @Test
    void aMistakeInTheDataSurfacesInItsPlaceAndStays() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), "{\"text\": \"some text\"}\n".repeat(5001) + "broken\n");
        DocumentSource source = new FileDocuments(List.of(file), TextSplit.BLANK_LINES);
        // 4900 documents of 10 tokens come before the broken line: 48 whole batches and part of another
        try (BatchLoader loader = new BatchLoader(source, BYTES, new BatchLayout(Packing.STREAM, 10, 100), Share.WHOLE)) {
            for (int i = 0; i < 48; i++) {
                loader.next();
            }
            for (int i = 0; i < 2; i++) {
                assertThatThrownBy(loader::next).isInstanceOf(BadInputException.class).hasMessageContaining("a.jsonl line 5002");
            }
        }
    }

    @Test
    void aClosedLoaderGivesNothing() {
        BatchLoader loader = new BatchLoader(builtIn(), BYTES, new BatchLayout(Packing.BESTFIT, 1, 10), Share.WHOLE);
        loader.next();
        loader.close();
        loader.close();
        assertThatThrownBy(loader::next).isInstanceOf(IllegalStateException.class);
    }
}
