package nanochat.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import nanochat.data.corpus.Split;
import nanochat.data.parquet.ParquetDocumentWriter;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import nanochat.tokenizer.Tokenizer;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// One damaged document among good ones. Oracle: the same files without the damage.
class BadDocumentsTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final byte[] NOT_UTF8 = {'{', '"', 't', 'e', 'x', 't', '"', ':', '"', (byte) 0xFF, '"', '}'};

    @TempDir
    Path folder;

    private static FileDocuments source(Path path, BadDocuments bad) {
        return new FileDocuments(List.of(path), new DocumentOptions(TextSplit.BLANK_LINES, "text", bad));
    }

    private static List<Document> read(DocumentSource source, Split split) {
        List<Document> documents = new ArrayList<>();
        try (DocumentReader reader = source.read(split, Share.WHOLE, source.start(split))) {
            for (Optional<Document> next = reader.next(); next.isPresent(); next = reader.next()) {
                documents.add(next.get());
            }
        }
        return documents;
    }

    private static List<String> texts(DocumentSource source) {
        return read(source, Split.TRAIN).stream().map(Document::text).toList();
    }

    private static byte[] line(int number) {
        return ("{\"text\": \"line " + number + "\"}").getBytes(StandardCharsets.UTF_8);
    }

    /// `count` lines, of which line `bad` (counted from 0) is another one.
    private static byte[] lines(int count, int bad, byte[] instead) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            out.write(i == bad ? instead : line(i));
            out.write('\n');
        }
        return out.toByteArray();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"text\": \"cut", "{\"text\": \"\u00ff\"}", "{\"text\": null}", "{\"title\": \"x\"}", "[]"})
    void aBadLineStopsReadingOrIsLeftOut(String bad) throws IOException {
        Path file = Files.write(folder.resolve("a.jsonl"), lines(120, 72, bytes(bad)));
        FileDocuments stopping = source(file, BadDocuments.STOP);
        try (DocumentReader reader = stopping.read(Split.TRAIN, Share.WHOLE, stopping.start(Split.TRAIN))) {
            for (int i = 0; i < 70; i++) { // 72 lines, without those held out (0, 50)
                assertThat(reader.next()).isPresent();
            }
            DocumentPosition before = reader.position();
            for (int again = 0; again < 2; again++) {
                assertThatThrownBy(reader::next).isInstanceOf(BadDocumentException.class).hasMessageContaining(file + " line 73")
                        .hasMessageContaining("--bad-documents skip");
            }
            assertThat(reader.position()).isEqualTo(before);
        }
        FileDocuments skipping = source(file, BadDocuments.SKIP);
        List<Document> whole = read(source(Files.write(folder.resolve("good.jsonl"), lines(120, 72, line(72))), BadDocuments.STOP),
                Split.TRAIN);
        assertThat(read(skipping, Split.TRAIN)).extracting(Document::text, each -> each.position().index()).isEqualTo(whole.stream().filter(
                each -> each.position().index() != 72).map(each -> Tuple.tuple(each.text(), each.position()
                        .index())).toList());
        texts(skipping);
        assertThat(skipping.omissions().damaged()).isEqualTo(1); // once, however often it is read
        assertThat(skipping.omissions().lines()).first().asString().contains("1 document");
        assertThat(skipping.omissions().lines()).element(1).asString().contains(file + " line 73");
    }

    @Test
    void whatIsNotTextInATextFileIsNamedWithItsLine() throws IOException {
        Path file = Files.write(folder.resolve("a.txt"), bytes("first\n\nsecond\nof two lines\n\nthird \u00ff\n\nfourth"));
        assertThatThrownBy(() -> texts(source(file, BadDocuments.STOP))).isInstanceOf(BadDocumentException.class)
                .hasMessageContaining(file + " line 6 ").hasMessageContaining("not UTF-8: byte 34 (0xff)");
        FileDocuments skipping = source(file, BadDocuments.SKIP);
        assertThat(texts(skipping)).containsExactly("second\nof two lines", "fourth");
        assertThat(skipping.omissions().damaged()).isEqualTo(1);
    }

    @Test
    void aLineThatIsTooLongIsLeftOutWithoutBeingHeld() throws IOException {
        Path file = folder.resolve("a.jsonl");
        byte[] chunk = new byte[1 << 20];
        Arrays.fill(chunk, (byte) 'x');
        try (var out = Files.newOutputStream(file)) {
            out.write(lines(3, -1, line(0)));
            out.write(bytes("{\"text\": \""));
            for (int i = 0; i < 65; i++) {
                out.write(chunk);
            }
            out.write(bytes("\"}\n{\"text\": \"last\"}"));
        }
        assertThatThrownBy(() -> texts(source(file, BadDocuments.STOP))).isInstanceOf(BadDocumentException.class)
                .hasMessageContaining("line 4 is longer than 64 MiB");
        assertThat(texts(source(file, BadDocuments.SKIP))).containsExactly("line 1", "line 2", "last");
    }

    @Test
    void aBadValueInParquetCostsNoOther() throws Exception {
        Path file = Path.of(Objects.requireNonNull(getClass().getResource("/parquet/some-not-utf8.parquet")).toURI());
        FileDocuments skipping = source(file, BadDocuments.SKIP);
        assertThat(texts(skipping)).isEqualTo(IntStream.range(1, 60).filter(i -> i != 7 && i != 41 && i != 50).mapToObj(i -> "text " + i)
                .toList());
        assertThat(skipping.omissions().damaged()).isEqualTo(2);
        Path nulls = Path.of(Objects.requireNonNull(getClass().getResource("/parquet/null-text.parquet")).toURI());
        FileDocuments withNull = source(nulls, BadDocuments.SKIP);
        assertThat(texts(withNull)).isEmpty();
        assertThat(withNull.omissions().lines()).element(1).asString().contains("row group 0, row 1");
    }

    @Test
    void aDamagedPageCostsTheRestOfItsRowGroup() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        Path path = folder.resolve("a.parquet");
        List<String> good = IntStream.range(0, 3 * 1024).mapToObj(i -> i + " text " + random.nextLong()).toList();
        ParquetDocumentWriter.write(path, good.iterator());
        byte[] bytes = Files.readAllBytes(path);
        for (int i = bytes.length / 2; i < bytes.length / 2 + 20; i++) {
            bytes[i] ^= 0x55;
        }
        Files.write(path, bytes);
        assertThatThrownBy(() -> texts(source(path, BadDocuments.STOP))).isInstanceOf(BadDocumentException.class)
                .hasMessageContaining(path + " row group 1, row ");
        FileDocuments skipping = source(path, BadDocuments.SKIP);
        List<String> read = texts(skipping);
        assertThat(read).doesNotHaveDuplicates().containsAll(IntStream.range(0, 3 * 1024).filter(i -> i % 50 != 0 && (i < 1024
                || i >= 2048)).mapToObj(good::get).toList());
        assertThat(read).allMatch(text -> Integer.parseInt(text.substring(0, text.indexOf(' '))) % 50 != 0);
        assertThat(skipping.omissions().damaged()).isEqualTo(1024 - read.stream().mapToInt(text -> Integer.parseInt(text.substring(0, text
                .indexOf(' ')))).filter(i -> i >= 1024 && i < 2048).count());
    }

    @Test
    void compressedTextThatCannotBeUnpackedCostsTheRestOfItsFile() throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(lines(200_000, -1, line(0)));
        }
        Files.write(folder.resolve("a.jsonl.gz"), Arrays.copyOf(packed.toByteArray(), packed.size() * 3 / 4));
        Files.write(folder.resolve("b.jsonl"), lines(2, -1, line(0)));
        Files.write(folder.resolve("c.jsonl"), lines(2, -1, line(0)));
        FileDocuments skipping = source(folder, BadDocuments.SKIP);
        assertThat(texts(skipping)).hasSizeBetween(100_000, 199_000).endsWith("line 0", "line 1");
        assertThat(skipping.omissions().lines()).element(1).asString().contains("a.jsonl.gz").contains("cut short or damaged");
    }

    @Test
    void theFieldWithTheTextCanBeChosenAndThoseThereAreNamed() throws IOException {
        Path file = Files.writeString(folder.resolve("a.jsonl"), "{\"id\": 1, \"body\": \"one\"}\n{\"id\": 2, \"body\": \"two\"}\n");
        assertThatThrownBy(() -> texts(source(file, BadDocuments.STOP))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("line 2 has no field \"text\"; its fields are: id, body").hasMessageContaining("--text-field");
        DocumentOptions body = new DocumentOptions(TextSplit.BLANK_LINES, "body", BadDocuments.STOP);
        FileDocuments source = new FileDocuments(List.of(file), body);
        assertThat(texts(source)).containsExactly("two");
        assertThat(source.fingerprint()).isNotEqualTo(source(file, BadDocuments.STOP).fingerprint());
    }

    @ParameterizedTest
    @EnumSource
    void aRunThatABadDocumentStoppedGoesOnWithTheMendedFile(Packing packing) throws IOException {
        BatchLayout layout = new BatchLayout(packing, 2, 50);
        Path file = folder.resolve("a.jsonl");
        byte[] good = lines(6000, -1, line(0));
        byte[] bad = lines(6000, 3001, NOT_UTF8);
        Files.write(file, good);
        List<int[]> expected = new ArrayList<>();
        try (BatchLoader loader = new BatchLoader(source(file, BadDocuments.STOP), BYTES, layout, Share.WHOLE)) {
            for (int i = 0; i < 900; i++) {
                expected.add(loader.next().targets());
            }
        }
        Files.write(file, bad);
        List<int[]> actual = new ArrayList<>();
        LoaderState state;
        FileDocuments stopped = source(file, BadDocuments.STOP);
        try (BatchLoader loader = new BatchLoader(stopped, BYTES, layout, Share.WHOLE)) {
            BadDocumentException damage = catchThrowableOfType(BadDocumentException.class, () -> {
                while (true) {
                    actual.add(loader.next().targets());
                }
            });
            state = Json.LINE.readValue(Json.line(loader.state().stoppedAt(stopped, damage.position())), LoaderState.class);
        }
        assertThat(actual).hasSizeGreaterThan(100);
        Files.write(file, good);
        try (BatchLoader loader = new BatchLoader(source(file, BadDocuments.STOP), BYTES, layout, state)) {
            while (actual.size() < expected.size()) {
                actual.add(loader.next().targets());
            }
            assertThat(loader.state().source()).isEqualTo(source(file, BadDocuments.STOP).fingerprint());
        }
        for (int i = 0; i < expected.size(); i++) {
            assertThat(actual.get(i)).isEqualTo(expected.get(i));
        }
        // left as it is, the run goes on without the document; changed before it, not at all
        Files.write(file, bad);
        FileDocuments skipping = source(file, BadDocuments.SKIP);
        try (BatchLoader loader = new BatchLoader(skipping, BYTES, layout, state)) {
            for (int i = 0; i < 500; i++) {
                loader.next();
            }
            assertThat(skipping.omissions().damaged()).isEqualTo(1);
        }
        Files.write(file, lines(6000, 2000, bytes("{\"text\": \"another line\"}")));
        assertThatThrownBy(() -> new BatchLoader(source(file, BadDocuments.STOP), BYTES, layout, state)).isInstanceOf(
                BadInputException.class).hasMessageContaining("Cannot resume");
    }

    @Test
    void documentsWithoutTextAreLeftOutAndCounted() throws IOException {
        Path file = folder.resolve("a.jsonl");
        Files.writeString(file, "{\"text\": \"\"}\n{\"text\": \" \\n\"}\n".repeat(750));
        BatchLayout layout = new BatchLayout(Packing.BESTFIT, 1, 10);
        try (BatchLoader loader = new BatchLoader(source(file, BadDocuments.STOP), BYTES, layout, Share.WHOLE)) {
            assertThatThrownBy(loader::next).isInstanceOf(BadInputException.class).hasMessageContaining("come to 0 tokens")
                    .hasMessageContaining("without text: 1470 documents");
        }
        Files.writeString(file, "{\"text\": \"\"}\n{\"text\": \"some words\"}\n".repeat(100));
        FileDocuments source = source(file, BadDocuments.STOP);
        try (BatchLoader loader = new BatchLoader(source, BYTES, layout, Share.WHOLE)) {
            for (int i = 0; i < 1000; i++) {
                loader.next();
            }
        }
        assertThat(source.omissions().empty()).isEqualTo(96); // of 100, four were held out
    }
}
