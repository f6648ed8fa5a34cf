package nanochat.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.data.corpus.BuiltInCorpus;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: the lists of texts from which the files are written, and for long texts that no character but white space is lost.
class FileDocumentsTest {
    @TempDir
    Path folder;

    private record Line(String text) {}

    private Path write(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private Path writeLines(String name, List<String> texts) throws IOException {
        return write(name, String.join("\n", texts.stream().map(text -> Json.line(new Line(text))).toList()) + "\n");
    }

    private static List<Document> read(DocumentSource source, Split split, Share share, DocumentPosition from) {
        List<Document> documents = new ArrayList<>();
        try (DocumentReader reader = source.read(split, share, from)) {
            for (Optional<Document> next = reader.next(); next.isPresent(); next = reader.next()) {
                documents.add(next.get());
            }
        }
        return documents;
    }

    private static List<Document> read(DocumentSource source, Split split) {
        return read(source, split, Share.WHOLE, source.start(split));
    }

    private static List<String> texts(List<Document> documents) {
        return documents.stream().map(Document::text).toList();
    }

    /// Both splits of one file, in the order of the file.
    private static List<String> allTexts(DocumentSource source) {
        return Stream.of(Split.TRAIN, Split.VALIDATION).flatMap(split -> read(source, split).stream())
                .sorted((a, b) -> Long.compare(a.position().index(), b.position().index())).map(Document::text).toList();
    }

    private static FileDocuments source(Path... paths) {
        return new FileDocuments(List.of(paths), TextSplit.BLANK_LINES);
    }

    private static List<String> numbered(String prefix, int count) {
        return IntStream.range(0, count).mapToObj(i -> prefix + i).toList();
    }

    @Test
    void textIsSplitOnBlankLines() throws IOException {
        Path file = write("a.txt", "\uFEFF\n \none\ntwo\n\n\n  three \n \t\nfour\r\nfive\r\n\r\nsix");
        assertThat(allTexts(source(file))).containsExactly("one\ntwo", "  three", "four\r\nfive", "six");
    }

    @Test
    void aWholeFileIsOneDocument() throws IOException {
        Path file = write("a.txt", "one\n\ntwo\n\nthree\n");
        assertThat(allTexts(new FileDocuments(List.of(file), TextSplit.FILE))).containsExactly("one\n\ntwo\n\nthree");
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14, 15, 16, 17, 18})
    void anyTextBecomesBoundedDocumentsAndLosesOnlyWhiteSpace(long seed) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        String[] pieces = {"a", "word ", "é", "漢字", "\uD83D\uDE00", " ", "\n", "\t", "\r\n", "\n\n", "x".repeat(700), " ".repeat(3000)};
        int[] weights = random.ints(pieces.length, 0, 20).toArray();
        StringBuilder text = new StringBuilder("start");
        while (text.length() < 700_000) {
            int piece = random.nextInt(pieces.length);
            text.repeat(pieces[piece], random.nextInt(weights[piece] + 1));
        }
        Path file = write("a.txt", text.toString());
        for (TextSplit split : TextSplit.values()) {
            List<String> documents = allTexts(new FileDocuments(List.of(file), split));
            assertThat(documents).allSatisfy(document -> assertThat(document.getBytes(StandardCharsets.UTF_8).length)
                    .isBetween(1, split.longestDocument()));
            assertThat(String.join("", documents).replaceAll("\\s", "")).isEqualTo(text.toString().replaceAll("\\s", ""));
            assertThat(documents).noneMatch(document -> document.contains("\uFFFD") || document.isBlank());
        }
    }

    @Test
    void aTextWithoutLineBreaksIsCutBetweenWords() throws IOException {
        Path file = write("a.txt", "lorem ipsum ".repeat(2000));
        assertThat(allTexts(source(file))).hasSize(6).allMatch(document -> document.strip().matches("(lorem|ipsum).*(lorem|ipsum)"));
    }

    @Test
    void jsonLinesHoldOneDocumentEach() throws IOException {
        String large = "large \u00e9\u6f22 ".repeat(60_000);
        Path file = write("a.jsonl", "\uFEFF{\"id\": {\"text\": 7}, \"text\": \"one\\n\\u00e9\"}\r\n\n  \n{\"text\":\"" + large
                + "\"}\n{\"text\": \"\"}\n{\"text\": \"last\"}");
        assertThat(allTexts(source(file))).containsExactly("one\n\u00e9", large, "", "last");
    }

    @Test
    void filesAndFoldersMixAndAreRead() throws IOException {
        writeLines("data/b.jsonl", List.of("b0", "b1"));
        write("data/deep/c.TXT", "c0\n\nc1");
        write("data/a.txt", "a0");
        write("data/readme.md", "not data");
        Path last = writeLines("last.jsonl", List.of("v0", "v1"));
        FileDocuments source = source(folder.resolve("data"), folder.resolve("data/a.txt"), last);
        assertThat(source.files()).extracting(file -> file.getFileName().toString())
                .containsExactly("a.txt", "b.jsonl", "c.TXT", "last.jsonl");
        assertThat(texts(read(source, Split.TRAIN))).containsExactly("a0", "b0", "b1", "c0", "c1");
        assertThat(texts(read(source, Split.VALIDATION))).containsExactly("v0", "v1");
    }

    @Test
    void ofASingleShardEveryFiftiethDocumentIsHeldOut() throws IOException {
        FileDocuments source = source(writeLines("a.jsonl", numbered("d", 120)));
        assertThat(texts(read(source, Split.VALIDATION))).containsExactly("d0", "d50", "d100");
        assertThat(texts(read(source, Split.TRAIN))).hasSize(117).doesNotContain("d0", "d50", "d100").startsWith("d1").endsWith("d119");
    }

    @Test
    void ofTextFilesEveryFiftiethDocumentIsHeldOutAcrossFiles() throws IOException {
        for (int i = 100; i < 220; i++) {
            write("t" + i + ".txt", "d" + (i - 100));
        }
        FileDocuments source = source(folder);
        assertThat(texts(read(source, Split.VALIDATION))).containsExactly("d0", "d50", "d100");
        assertThat(texts(read(source, Split.TRAIN))).hasSize(117).doesNotContain("d0", "d50", "d100");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 50})
    void ranksShareTheDocumentsEvenlyAndCompletely(int ranks) throws IOException {
        List<DocumentSource> sources = List.of(source(writeLines("one/a.jsonl", numbered("d", 733))),
                source(writeLines("two/a.jsonl", numbered("d", 733)), writeLines("two/b.jsonl", numbered("v", 733))));
        for (DocumentSource source : sources) {
            for (Split split : Split.values()) {
                List<String> whole = texts(read(source, split));
                List<String> shared = new ArrayList<>();
                for (int rank = 0; rank < ranks; rank++) {
                    List<String> own = texts(read(source, split, new Share(rank, ranks), source.start(split)));
                    assertThat(own.size()).isBetween(whole.size() / ranks, whole.size() / ranks + 1);
                    shared.addAll(own);
                }
                assertThat(shared).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(whole);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void readingGoesOnFromAnyPositionAndFindsAnyDocumentAgain(TextSplit textSplit) throws IOException {
        write("a.txt", "\uFEFFp0\n\n" + String.join("\n\n", numbered("paragraph é ", 9000)));
        writeLines("b.jsonl", numbered("line ", 90));
        write("c.txt", "word ".repeat(40_000));
        writeLines("d.jsonl", numbered("validation ", 60));
        DocumentSource source = new FileDocuments(List.of(folder), textSplit);
        for (Split split : Split.values()) {
            Share share = new Share(1, 3);
            List<Document> whole = read(source, split, share, source.start(split));
            SplittableRandom random = new SplittableRandom(5);
            for (int trial = 0; trial < 20; trial++) {
                int stop = random.nextInt(whole.size() + 1);
                DocumentPosition position;
                try (DocumentReader reader = source.read(split, share, source.start(split))) {
                    for (int i = 0; i < stop; i++) {
                        reader.next();
                    }
                    position = reader.position();
                }
                assertThat(read(source, split, share, position)).isEqualTo(whole.subList(stop, whole.size()));
            }
            List<Document> again = new ArrayList<>();
            source.reread(split, whole.reversed().stream().map(Document::position).toList(), again::add);
            assertThat(again).containsExactlyElementsOf(whole);
        }
    }

    @Test
    void aBinaryFileIsNamedWithTheOffset() throws IOException {
        Path file = write("a.txt", "first\n\nsecond \0 third");
        assertThatThrownBy(() -> allTexts(source(file))).isInstanceOf(BadInputException.class).hasMessageContaining(file.toString())
                .hasMessageContaining("byte 14 is NUL");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ff", "c0af", "eda080", "c3", "e282", "f5808080"})
    void whatIsNotUtf8IsNamedWithTheOffset(String hex) throws IOException {
        byte[] wrong = java.util.HexFormat.of().parseHex(hex);
        byte[] good = ("\uFFFD is a character.\n\n" + "filler ".repeat(900) + "\n\nhere: ").getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(good, good.length + wrong.length + 1);
        System.arraycopy(wrong, 0, all, good.length, wrong.length);
        all[all.length - 1] = 'x';
        Path file = Files.write(folder.resolve("a.txt"), all);
        assertThatThrownBy(() -> allTexts(source(file))).isInstanceOf(BadInputException.class).hasMessageContaining(file.toString())
                .hasMessageContaining("byte " + good.length + " (0x" + hex.substring(0, 2));
        Path lines = Files.write(folder.resolve("a.jsonl"), concat("\n{\"text\": \"\"}\n".getBytes(StandardCharsets.UTF_8), wrong));
        assertThatThrownBy(() -> allTexts(source(lines))).isInstanceOf(BadInputException.class).hasMessageContaining("line 3")
                .hasMessageContaining("byte 14");
    }

    private static byte[] concat(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"text\": \"cut", "not json", "[1]", "\"text\"", "{\"text\": 5}", "{\"text\": null}", "{\"title\": \"x\"}",
        "{\"text\": \"a\"} {\"text\": \"b\"}", "{\"text\": \"a\"}}", "{\"text\": {\"text\": \"a\"}}", "{}", "{\"text\": \"a\tb\"}"})
    void aBrokenLineIsNamedWithFileAndNumber(String broken) throws IOException {
        Path file = write("a.jsonl", "{\"text\": \"one\"}\n\n{\"text\": \"two\"}\n" + broken + "\n{\"text\": \"five\"}\n");
        assertThatThrownBy(() -> allTexts(source(file))).isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file.toRealPath() + " line 4");
    }

    @Test
    void whatCannotBeReadIsSaidAtOnce() throws IOException {
        Path empty = write("empty/a.txt", "");
        Path other = write("other/a.csv", "a,b");
        assertThatThrownBy(() -> source(folder.resolve("missing.txt"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("missing.txt");
        assertThatThrownBy(() -> source(empty)).isInstanceOf(BadInputException.class).hasMessageContaining("a.txt is empty");
        assertThatThrownBy(() -> source(folder.resolve("empty"))).isInstanceOf(BadInputException.class).hasMessageContaining(
                "a.txt is empty");
        assertThatThrownBy(() -> source(other)).isInstanceOf(BadInputException.class).hasMessageContaining(".jsonl");
        assertThatThrownBy(() -> source(folder.resolve("other"))).isInstanceOf(BadInputException.class).hasMessageContaining(".jsonl");
        assertThatThrownBy(() -> source()).isInstanceOf(BadInputException.class).hasMessageContaining("No data");
    }

    @Test
    void theFingerprintTellsWhenFilesChange() throws IOException {
        Path file = write("a.txt", "some text");
        String before = source(folder).fingerprint();
        assertThat(source(file).fingerprint()).isEqualTo(before);
        Files.writeString(file, "more text than before");
        assertThat(source(folder).fingerprint()).isNotEqualTo(before);
    }

    @Test
    void theDataOptionTakesTheBuiltInCorpusOrPaths() throws IOException {
        DocumentSource builtIn = DocumentSource.of(List.of("builtin"), TextSplit.BLANK_LINES);
        BuiltInCorpus corpus = new BuiltInCorpus(DocumentSource.BUILT_IN_SEED);
        try (DocumentReader reader = builtIn.read(Split.VALIDATION, new Share(1, 4), builtIn.start(Split.VALIDATION))) {
            assertThat(reader.next().orElseThrow().text()).isEqualTo(corpus.document(Split.VALIDATION, 1));
            assertThat(reader.next().orElseThrow().text()).isEqualTo(corpus.document(Split.VALIDATION, 5));
        }
        Path file = write("a.txt", "some text");
        assertThat(DocumentSource.of(List.of(file.toString()), TextSplit.FILE)).isInstanceOf(FileDocuments.class);
        assertThatThrownBy(() -> DocumentSource.of(List.of("builtin", file.toString()), TextSplit.FILE))
                .isInstanceOf(BadInputException.class);
    }

    @Test
    void aFileThatBeginsLikeABinaryOneIsRefusedAtOnce() throws IOException {
        Path binary = Files.write(folder.resolve("image.txt"), new byte[]{'P', 'N', 'G', 0, 1, 2});
        assertThatThrownBy(() -> new FileDocuments(List.of(binary), TextSplit.BLANK_LINES)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("image.txt").hasMessageContaining("byte 3 is NUL");
    }
}
