package nanochat.data.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: files written by pyarrow, with the script beside them.
class ParquetFileTest {
    @TempDir
    Path folder;

    private static Path resource(String name) {
        URL url = Objects.requireNonNull(ParquetFileTest.class.getResource("/parquet/" + name), name);
        try {
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<Map<String, Object>> rows(Path path, String... columns) {
        List<Map<String, Object>> rows = new ArrayList<>();
        try (ParquetFile file = new ParquetFile(path, columns)) {
            file.forEach(rows::add);
            assertThat(file.rows()).isEqualTo(rows.size());
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(strings = {"zstd", "snappy", "gzip", "lz4", "none"})
    void everyCodecIsRead(String codec) {
        List<Map<String, Object>> rows = rows(resource(codec + ".parquet"), "text");
        assertThat(rows).isEqualTo(IntStream.range(0, 50)
                .mapToObj(i -> Map.of("text", "Document " + i + ": é漢\uD83D\uDE00 " + "abc ".repeat(i % 17))).toList());
    }

    @Test
    void rowGroupsAreReadInAnyOrder() {
        try (ParquetFile file = new ParquetFile(resource("zstd.parquet"), "id")) {
            assertThat(file.rowGroups()).isEqualTo(3);
            assertThat(IntStream.rangeClosed(0, 3).mapToLong(file::firstRow)).containsExactly(0L, 20L, 40L, 50L);
            for (int group : new int[]{2, 0, 1, 1}) {
                assertThat(file.rowGroup(group).next()).isEqualTo(Map.of("id", 20L * group));
            }
        }
    }

    @Test
    void dictionariesAreRead() {
        assertThat(rows(resource("dictionary.parquet"), "text")).isEqualTo(
                IntStream.range(0, 500).mapToObj(i -> Map.of("text", List.of("red", "green", "blue").get(i % 3))).toList());
    }

    @Test
    void nestedListsAndGroupsAreRead() {
        List<Map<String, Object>> rows = rows(resource("tasks.parquet"));
        assertThat(rows).extracting(row -> row.get("question")).containsExactly("Q0", "Q1", "Q2", null, "Q4", "Q5");
        assertThat(rows).extracting(row -> row.containsKey("question")).containsExactly(true, true, true, false, true, true);
        assertThat(rows).extracting(row -> row.get("choices")).containsExactly(List.of(), List.of("c10"), List.of("c20", "c21"),
                List.of("c30", "c31", "c32"), null, List.of("c50", "c51", "c52", "c53", "c54"));
        assertThat(rows).extracting(row -> row.get("answer")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(rows).extracting(row -> row.get("score")).containsExactly(0.0, 0.25, 0.5, 0.75, 1.0, 1.25);
        assertThat(rows).extracting(row -> row.get("correct")).containsExactly(true, false, true, false, true, false);
        assertThat(rows.get(3).get("labelled")).isEqualTo(Map.of("text", Arrays.asList("x", null, "z"), "label", List.of("A", "B", "C")));
        assertThat(rows.get(5).get("messages")).isEqualTo(List.of(Map.of("role", "user", "content", "Question 5?"),
                Map.of("role", "assistant", "content", "Answer 5.")));
        assertThat(rows.get(3).get("messages")).isEqualTo(List.of());
        assertThat(rows.get(4).get("matrix")).isEqualTo(List.of(List.of(1, 2), List.of(), List.of(4)));
        assertThat(rows.get(5).get("raw")).isEqualTo(new byte[]{0, -1, 5});
    }

    @Test
    void onlyWantedColumnsAreRead() {
        assertThat(rows(resource("tasks.parquet"), "answer", "choices").get(1)).containsOnlyKeys("answer", "choices");
    }

    @Test
    void aMissingColumnIsNamedWithThoseThatAreThere() {
        assertThatThrownBy(() -> rows(resource("zstd.parquet"), "content")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("zstd.parquet").hasMessageContaining("'content'").hasMessageContaining("id, text");
    }

    @Test
    void anUnsupportedCodecIsNamed() {
        assertThatThrownBy(() -> rows(resource("brotli.parquet"), "text")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("brotli.parquet has pages compressed with BROTLI, which is not supported").hasMessageContaining(
                        "zstd")
                .message().doesNotContain("damaged");
    }

    @Test
    void textThatIsNotUtf8IsNamedWithItsPlace() {
        assertThatThrownBy(() -> rows(resource("not-utf8.parquet"), "text")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("not-utf8.parquet row group 0, row 1, column text").hasMessageContaining("UTF-8");
    }

    @Test
    void whatIsNotParquetIsSaidSo() throws IOException {
        for (String content : List.of("", "PAR1", "some text that is long enough", "PAR1 and so on \1\0\0\0PAR1",
                "PAR1\uFFFF\uFFFF\uFFFFPAR1")) {
            Path file = Files.writeString(folder.resolve("a.parquet"), content, StandardCharsets.UTF_16LE);
            assertThatThrownBy(() -> rows(file)).isInstanceOf(BadInputException.class).hasMessageContaining("a.parquet");
            Files.writeString(file, content);
            assertThatThrownBy(() -> rows(file)).isInstanceOf(BadInputException.class).hasMessageContaining("a.parquet");
        }
        assertThatThrownBy(() -> rows(folder.resolve("missing.parquet"))).isInstanceOf(BadInputException.class)
                .hasMessageContaining("missing.parquet");
    }

    @ParameterizedTest
    @ValueSource(strings = {"zstd", "snappy", "gzip", "lz4", "none", "dictionary", "tasks"})
    void aDamagedFileIsAMessageAndNothingWorse(String name) throws IOException {
        byte[] good = Files.readAllBytes(resource(name + ".parquet"));
        SplittableRandom random = new SplittableRandom(name.hashCode());
        int refused = 0;
        for (int trial = 0; trial < 150; trial++) {
            byte[] bad = trial % 10 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            for (int i = random.nextInt(4); i >= 0 && bad.length > 0; i--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt(256);
            }
            Path file = Files.write(folder.resolve(name + trial + ".parquet"), bad);
            try {
                rows(file);
            } catch (BadInputException e) {
                assertThat(e).hasMessageContaining(file.toString());
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(50);
    }

    @Test
    void whatIsWrittenIsReadInBoundedRowGroups() {
        List<String> texts = new ArrayList<>(IntStream.range(0, 5000).mapToObj(i -> i % 7 == 0 ? "" : "text é " + i).toList());
        byte[] incompressible = new byte[1 << 19];
        new Random(1).nextBytes(incompressible);
        texts.addAll(Collections.nCopies(40, new String(incompressible, StandardCharsets.ISO_8859_1)));
        Path path = folder.resolve("deep/a.parquet");
        ParquetDocumentWriter.write(path, texts.iterator());
        assertThat(rows(path, "text")).isEqualTo(texts.stream().map(text -> Map.of("text", text)).toList());
        try (ParquetFile file = new ParquetFile(path, "text")) {
            for (int group = 0; group < file.rowGroups(); group++) {
                assertThat(file.firstRow(group + 1) - file.firstRow(group)).isLessThanOrEqualTo(1024);
            }
            assertThat(file.rowGroups()).isBetween(6, 9);
        }
    }

    @Test
    void aDamagedPageIsNamedWithItsRowGroupAndThoseBeforeItAreRead() throws IOException {
        SplittableRandom random = new SplittableRandom(5);
        Path path = folder.resolve("a.parquet");
        ParquetDocumentWriter.write(path, IntStream.range(0, 3 * 1024).mapToObj(_ -> "text " + random.nextLong()).iterator());
        byte[] bytes = Files.readAllBytes(path);
        for (int i = bytes.length / 2; i < bytes.length / 2 + 20; i++) {
            bytes[i] ^= 0x55;
        }
        Files.write(path, bytes);
        try (ParquetFile file = new ParquetFile(path, "text")) {
            assertThat(file.rowGroups()).isEqualTo(3);
            file.rowGroup(0).forEachRemaining(row -> assertThat(row).containsOnlyKeys("text"));
            assertThatThrownBy(() -> file.rowGroup(1).forEachRemaining(row -> assertThat(row).containsOnlyKeys("text")))
                    .isInstanceOf(BadInputException.class).hasMessageContaining(path + " row group 1, row ").hasMessageContaining(
                            "column text");
        }
    }
}
