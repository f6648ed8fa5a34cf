package nanochat.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import nanochat.data.parquet.ParquetDocumentWriter;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: the same documents as JSON lines.
class ParquetDocumentsTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final BuiltInCorpus CORPUS = new BuiltInCorpus(3);

    @TempDir
    Path folder;

    private record Line(String text) {}

    private DocumentSource lines;
    private DocumentSource shards;

    @BeforeEach
    void writeTheSameDocumentsTwice() throws IOException {
        int next = 0;
        for (int file = 0; file < 3; file++) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 1300 + 500 * file; i++) {
                texts.add(CORPUS.document(Split.TRAIN, next++));
            }
            ParquetDocumentWriter.write(folder.resolve("parquet/" + file + ".parquet"), texts.iterator());
            Path jsonLines = Files.createDirectories(folder.resolve("jsonl")).resolve(file + ".jsonl");
            Files.write(jsonLines, texts.stream().map(text -> Json.line(new Line(text))).toList());
        }
        lines = new FileDocuments(List.of(folder.resolve("jsonl")), TextSplit.BLANK_LINES);
        shards = new FileDocuments(List.of(folder.resolve("parquet")), TextSplit.BLANK_LINES);
    }

    private static List<String> texts(DocumentSource source, Split split, Share share) {
        List<String> texts = new ArrayList<>();
        try (DocumentReader reader = source.read(split, share, source.start(split))) {
            reader.texts().forEachRemaining(texts::add);
        }
        return texts;
    }

    @ParameterizedTest
    @EnumSource
    void batchesAreThoseOfTheSameDocumentsAsJsonLines(Packing packing) {
        BatchLayout layout = new BatchLayout(packing, 4, 900);
        try (BatchLoader fromLines = new BatchLoader(lines, BYTES, layout, Share.WHOLE);
                BatchLoader fromShards = new BatchLoader(shards, BYTES, layout, Share.WHOLE)) {
            for (int i = 0; i < 800; i++) {
                Batch expected = fromLines.next();
                Batch actual = fromShards.next();
                assertThat(actual.inputs()).isEqualTo(expected.inputs());
                assertThat(actual.targets()).isEqualTo(expected.targets());
            }
            assertThat(fromShards.state().epoch()).isEqualTo(fromLines.state().epoch()).isGreaterThan(1);
        }
        List<int[]> expected = new ArrayList<>();
        new ValidationBatches(lines, BYTES, layout, Share.WHOLE, 100_000).forEach(batch -> expected.add(batch.targets()));
        Iterator<int[]> remaining = expected.iterator();
        new ValidationBatches(shards, BYTES, layout, Share.WHOLE, 100_000)
                .forEach(batch -> assertThat(batch.targets()).isEqualTo(remaining.next()));
        assertThat(remaining.hasNext()).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void resumingAnywhereGivesTheSameBatches(Packing packing) {
        SplittableRandom random = new SplittableRandom(17);
        for (int trial = 0; trial < 4; trial++) {
            BatchLayout layout = new BatchLayout(packing, 3, random.nextInt(100, 1500));
            Share share = new Share(trial % 2, 1 + trial % 2);
            List<Batch> expected = new ArrayList<>();
            LoaderState state;
            try (BatchLoader whole = new BatchLoader(shards, BYTES, layout, share)) {
                for (int i = random.nextInt(600); i > 0; i--) {
                    whole.next();
                }
                state = Json.LINE.readValue(Json.line(whole.state()), LoaderState.class);
                for (int i = 0; i < 60; i++) {
                    expected.add(whole.next());
                }
            }
            try (BatchLoader resumed = new BatchLoader(shards, BYTES, layout, state)) {
                for (Batch batch : expected) {
                    assertThat(resumed.next().targets()).isEqualTo(batch.targets());
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3})
    void ranksReadDisjointRowGroups(int ranks) {
        List<String> shared = new ArrayList<>();
        for (int rank = 0; rank < ranks; rank++) {
            List<String> own = texts(shards, Split.TRAIN, new Share(rank, ranks));
            assertThat(own).isNotEmpty();
            shared.addAll(own);
        }
        assertThat(shared).containsExactlyInAnyOrderElementsOf(texts(lines, Split.TRAIN, Share.WHOLE));
    }

    @Test
    void packedShardsHoldTheSplitsInOrder() throws IOException {
        Path packed = folder.resolve("packed");
        Path text = Files.writeString(folder.resolve("a.txt"),
                String.join("\n\n", texts(lines, Split.VALIDATION, Share.WHOLE)));
        for (DocumentSource source : List.of(lines, new FileDocuments(List.of(text), TextSplit.BLANK_LINES))) {
            ShardWriter writer = new ShardWriter(packed.resolve(source == lines ? "lines" : "text"), 500_000);
            ShardWriter.Result result = writer.write(source, Long.MAX_VALUE);
            FileDocuments written = new FileDocuments(List.of(writer.folder()), TextSplit.BLANK_LINES);
            assertThat(written.files()).hasSize(result.shards()).extracting(file -> file.getFileName().toString())
                    .startsWith("shard_00000.parquet", "shard_00001.parquet");
            long documents = 0;
            for (Split split : List.of(Split.TRAIN, Split.VALIDATION)) {
                List<String> expected = texts(source, split, Share.WHOLE);
                assertThat(texts(written, split, Share.WHOLE)).isEqualTo(expected);
                documents += expected.size();
            }
            assertThat(result.documents()).isEqualTo(documents);
            long trainingBytes = texts(source, Split.TRAIN, Share.WHOLE).stream().mapToLong(String::length).sum();
            // a shard ends with the document that reaches 500 kB, and none is longer than 4 kB
            assertThat(result.shards() - 1).isBetween((int) Math.ceilDiv(trainingBytes, 504_000), (int) Math.ceilDiv(trainingBytes,
                    500_000));
            assertThatThrownBy(() -> writer.write(source, 1)).isInstanceOf(BadInputException.class)
                    .hasMessageContaining(writer.folder().toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aRunOnPackedShardsSeesTheSameBatches(Packing packing) {
        ShardWriter writer = new ShardWriter(folder.resolve("packed"), 400_000);
        writer.write(lines, Long.MAX_VALUE);
        DocumentSource packed = new FileDocuments(List.of(writer.folder()), TextSplit.BLANK_LINES);
        BatchLayout layout = new BatchLayout(packing, 4, 700);
        try (BatchLoader fromLines = new BatchLoader(lines, BYTES, layout, Share.WHOLE);
                BatchLoader fromPacked = new BatchLoader(packed, BYTES, layout, Share.WHOLE)) {
            for (int i = 0; i < 600; i++) {
                assertThat(fromPacked.next().targets()).isEqualTo(fromLines.next().targets());
            }
        }
    }

    @Test
    void aPartOfTheBuiltInCorpusCanBePacked() {
        ShardWriter writer = new ShardWriter(folder.resolve("builtin"), 20_000);
        writer.write(new BuiltInDocuments(3), 100);
        FileDocuments written = new FileDocuments(List.of(writer.folder()), TextSplit.BLANK_LINES);
        assertThat(texts(written, Split.TRAIN, Share.WHOLE)).hasSize(100).endsWith(CORPUS.document(Split.TRAIN, 99));
        assertThat(texts(written, Split.VALIDATION, Share.WHOLE)).containsExactly(CORPUS.document(Split.VALIDATION, 0),
                CORPUS.document(Split.VALIDATION, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null-text.parquet row group 0, row 1: the column 'text'",
        "number-text.parquet row group 0, row 0: the column 'text'",
        "tasks.parquet has no column 'text'"})
    void aRowWithoutTextIsNamed(String message) throws URISyntaxException {
        String name = message.substring(0, message.indexOf(' '));
        Path file = Path.of(Objects.requireNonNull(getClass().getResource("/parquet/" + name)).toURI());
        DocumentSource source = new FileDocuments(List.of(file), TextSplit.BLANK_LINES);
        assertThatThrownBy(() -> {
            texts(source, Split.VALIDATION, Share.WHOLE);
            texts(source, Split.TRAIN, Share.WHOLE);
        }).isInstanceOf(BadInputException.class).hasMessageContaining(message);
    }
}
