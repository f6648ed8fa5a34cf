package nanochat.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayOutputStream;
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
import java.util.zip.GZIPOutputStream;
import nanochat.data.corpus.Split;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Which files are read, under which names, and what is said of the others. Oracle: the texts that were written, and for compressed files the
/// same files uncompressed.
class DocumentFilesTest {
    @TempDir
    Path folder;

    private Path write(String name, byte[] content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, content);
    }

    private Path write(String name, String content) throws IOException {
        return write(name, content.getBytes(StandardCharsets.UTF_8));
    }

    private void link(String name, String target) throws IOException {
        Path link = folder.resolve(name);
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, Path.of(target));
    }

    private static byte[] gzip(String text) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        return bytes.toByteArray();
    }

    private static byte[] zstd(String text) {
        return Zstd.compress(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] packed(String suffix, String text) throws IOException {
        return suffix.equals("gz") ? gzip(text) : zstd(text);
    }

    private static FileDocuments source(Path... paths) {
        return new FileDocuments(List.of(paths), TextSplit.BLANK_LINES);
    }

    private static List<Document> read(DocumentSource source, Split split, DocumentPosition from) {
        List<Document> documents = new ArrayList<>();
        try (DocumentReader reader = source.read(split, Share.WHOLE, from)) {
            for (Optional<Document> next = reader.next(); next.isPresent(); next = reader.next()) {
                documents.add(next.get());
            }
        }
        return documents;
    }

    private static List<Document> training(DocumentSource source) {
        return read(source, Split.TRAIN, source.start(Split.TRAIN));
    }

    private static List<String> texts(DocumentSource source) {
        return training(source).stream().map(Document::text).toList();
    }

    private static String lines(String prefix, int count) {
        return String.join("", IntStream.range(0, count).mapToObj(i -> "{\"text\": \"" + prefix + i + "\"}\n").toList());
    }

    @Test
    void aLinkIsOfTheKindThatItsOwnNameTells() throws IOException {
        write("blobs/1f2e", lines("a", 3));
        write("blobs/77aa", lines("v", 1));
        link("snapshots/main/train.jsonl", "../../blobs/1f2e");
        link("snapshots/main/validation.jsonl", "../../blobs/77aa");
        assertThat(texts(source(folder.resolve("snapshots/main/train.jsonl"), folder.resolve("snapshots/main/validation.jsonl"))))
                .containsExactly("a0", "a1", "a2");
        FileDocuments source = source(folder.resolve("snapshots"));
        assertThat(texts(source)).containsExactly("a0", "a1", "a2");
        assertThat(source.files()).extracting(file -> file.getFileName().toString()).containsExactly("train.jsonl", "validation.jsonl");
        assertThat(source.notes()).isEmpty();
    }

    @Test
    void aLinkWhoseNameTellsNothingIsOfTheKindOfItsTarget() throws IOException {
        write("a.jsonl", lines("a", 3));
        link("latest", "a.jsonl");
        assertThat(texts(source(folder.resolve("latest")))).containsExactly("a1", "a2");
    }

    @Test
    void theNameOfALinkAndNotThatOfItsTargetIsPartOfTheFingerprint() throws IOException {
        write("plain/train.jsonl", lines("a", 3));
        write("blobs/1f2e", lines("a", 3));
        link("linked/train.jsonl", "../blobs/1f2e");
        assertThat(source(folder.resolve("linked")).fingerprint()).isEqualTo(source(folder.resolve("plain")).fingerprint());
    }

    @Test
    void linksToFoldersAreFollowedAndCirclesLeft() throws IOException {
        write("elsewhere/deep/a.jsonl", lines("a", 2));
        write("elsewhere/b.jsonl", lines("b", 2));
        link("data/one", "../elsewhere");
        link("data/again", "../data");
        link("data/gone.jsonl", "nowhere");
        link("data/z", "../elsewhere/deep");
        FileDocuments source = source(folder.resolve("data"));
        assertThat(texts(source)).containsExactly("b0", "b1");
        assertThat(source.files()).extracting(file -> file.getFileName().toString()).containsExactly("b.jsonl", "a.jsonl");
        assertThat(source.notes()).anyMatch(note -> note.contains("again is a link to a folder around it"))
                .anyMatch(note -> note.contains("gone.jsonl is a link to nothing"))
                .anyMatch(note -> note.contains("is read under another name")).hasSize(3);
    }

    @Test
    void inAFolderWhatCannotHoldDocumentsIsPassedOverAndSaid() throws IOException {
        write("data/a.jsonl", lines("a", 60));
        write("data/._a.txt", new byte[]{0, 5, 22, 7, 0});
        write("data/.ipynb_checkpoints/a.jsonl", lines("a", 60));
        write("data/empty.txt", "");
        write("data/.download.lock", "");
        for (int i = 1; i <= 5; i++) {
            write("data/" + i + ".json", "[]");
        }
        FileDocuments source = source(folder.resolve("data"));
        assertThat(texts(source)).hasSize(58);
        String data = "Passed over in " + folder.resolve("data") + ": ";
        assertThat(source.notes()).containsExactlyInAnyOrder(
                data + "1.json, 2.json, 3.json and 2 more are of other kinds than .txt, .jsonl, .parquet (text also with .gz or .zst)",
                data + "._a.txt, .ipynb_checkpoints are hidden", data + "empty.txt is empty");
        assertThatThrownBy(() -> source(write("only/a.json.gz", "x").getParent())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("has no file").hasMessageContaining("a.json.gz is of another kind");
    }

    @ParameterizedTest
    @ValueSource(strings = {"gz", "zst"})
    void compressedTextIsReadAsIfItWereNot(String suffix) throws IOException {
        SplittableRandom random = new SplittableRandom(3);
        StringBuilder jsonLines = new StringBuilder("\uFEFF");
        StringBuilder text = new StringBuilder("\uFEFF\n");
        for (int i = 0; i < 20_000; i++) {
            String words = "w\u00f6rter \u6f22 ".repeat(random.nextInt(30)) + i;
            jsonLines.append("{\"text\": \"").append(words).append("\"}\n");
            text.append(words).append("\n\n");
        }
        write("plain/a.jsonl", jsonLines.toString());
        write("plain/b.txt", text.toString());
        write("plain/c.jsonl", lines("v", 70));
        write("packed/a.jsonl." + suffix, packed(suffix, jsonLines.toString()));
        write("packed/b.txt." + suffix, packed(suffix, text.toString()));
        write("packed/c.jsonl." + suffix, packed(suffix, lines("v", 70)));
        FileDocuments plain = source(folder.resolve("plain"));
        FileDocuments packed = source(folder.resolve("packed"));
        List<Document> expected = training(plain);
        assertThat(expected).hasSize(40_000);
        assertThat(training(packed)).isEqualTo(expected);
        for (int trial = 0; trial < 5; trial++) {
            int from = random.nextInt(expected.size());
            assertThat(read(packed, Split.TRAIN, expected.get(from).position())).isEqualTo(expected.subList(from, expected.size()));
        }
        List<Document> some = random.ints(40, 0, expected.size()).distinct().mapToObj(expected::get).toList();
        List<Document> again = new ArrayList<>();
        packed.reread(Split.TRAIN, some.stream().map(Document::position).toList(), again::add);
        assertThat(again).containsExactlyInAnyOrderElementsOf(some);
    }

    @Test
    void severalMembersAndFramesAreOneContent() throws IOException {
        byte[] a = gzip(lines("a", 2));
        byte[] b = gzip(lines("b", 2));
        byte[] both = new byte[a.length + b.length];
        System.arraycopy(a, 0, both, 0, a.length);
        System.arraycopy(b, 0, both, a.length, b.length);
        assertThat(texts(source(write("a.jsonl.gz", both)))).containsExactly("a1", "b0", "b1");
        byte[] c = zstd(lines("c", 2));
        byte[] twice = new byte[2 * c.length];
        System.arraycopy(c, 0, twice, 0, c.length);
        System.arraycopy(c, 0, twice, c.length, c.length);
        assertThat(texts(source(write("c.jsonl.zst", twice)))).containsExactly("c1", "c0", "c1");
    }

    @Test
    void whetherAFileIsCompressedIsToldByItsContent() throws IOException {
        assertThat(texts(source(write("unpacked.jsonl.gz", lines("a", 3))))).containsExactly("a1", "a2");
        assertThat(texts(source(write("packed.jsonl", gzip(lines("a", 3)))))).containsExactly("a1", "a2");
    }

    @ParameterizedTest
    @CsvSource({"gz, 0.6", "zst, 0.6", "gz, 0.999", "zst, 0.999"})
    void compressedTextThatIsCutShortIsNamed(String suffix, double share) throws IOException {
        SplittableRandom random = new SplittableRandom(9);
        StringBuilder jsonLines = new StringBuilder();
        for (int i = 0; i < 5000; i++) {
            jsonLines.append("{\"text\": \"").append(Long.toHexString(random.nextLong())).append("\"}\n");
        }
        byte[] whole = packed(suffix, jsonLines.toString());
        Path file = write("a.jsonl." + suffix, Arrays.copyOf(whole, (int) (share * whole.length)));
        assertThatThrownBy(() -> texts(source(file))).isInstanceOf(BadInputException.class).hasMessageContaining(file.toString())
                .hasMessageContaining("cut short or damaged");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.txt", "a.jsonl", "a.parquet", "a.jsonl.gz"})
    void aGitLfsPointerIsCalledSo(String name) throws IOException {
        Path file = write("data/" + name, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
        assertThatThrownBy(() -> source(file)).isInstanceOf(BadInputException.class).hasMessageContaining(file + " is a Git LFS pointer")
                .hasMessageContaining("git lfs pull");
        assertThatThrownBy(() -> source(file.getParent())).isInstanceOf(BadInputException.class).hasMessageContaining("Git LFS pointer");
    }
}
