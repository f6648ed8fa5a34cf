package nanochat.data.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Oracle: archives written by the JDK, good ones and bad ones.
class ZipArchiveTest {
    @TempDir
    Path folder;

    private Path zip(String... namesAndTexts) throws IOException {
        Path path = folder.resolve("a.zip");
        try (OutputStream file = Files.newOutputStream(path); ZipOutputStream out = new ZipOutputStream(file)) {
            for (int i = 0; i < namesAndTexts.length; i += 2) {
                out.putNextEntry(new ZipEntry(namesAndTexts[i]));
                out.write(namesAndTexts[i + 1].getBytes(StandardCharsets.UTF_8));
                out.closeEntry();
            }
        }
        return path;
    }

    @Test
    void filesAreUnpackedIntoTheirFolders() throws IOException {
        Path zip = zip("bundle/", "", "bundle/a.txt", "first", "bundle/deep/b.txt", "second");
        new ZipArchive(zip, 11, 3).check();
        new ZipArchive(zip, 11, 3).unpack(folder.resolve("out"));
        assertThat(folder.resolve("out/bundle/a.txt")).hasContent("first");
        assertThat(folder.resolve("out/bundle/deep/b.txt")).hasContent("second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../evil.txt", "a/../../evil.txt", "/tmp/evil.txt", "..\\evil.txt", "../out-evil/x", "a\0b"})
    void noFileLandsOutsideTheFolder(String name) throws IOException {
        ZipArchive archive = new ZipArchive(zip("good.txt", "x", name, "evil"), 1000, 10);
        assertThatThrownBy(archive::check).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> archive.unpack(folder.resolve("out"))).isInstanceOf(IOException.class).hasMessageContaining(
                "names a file");
        try (Stream<Path> all = Files.walk(folder)) {
            assertThat(all.map(path -> path.getFileName().toString())).doesNotContain("evil.txt", "out-evil");
        }
    }

    @Test
    void aBombIsGivenUpOnTheWay() throws IOException {
        Path zip = zip("a.txt", "0".repeat(600_000), "b.txt", "0".repeat(600_000));
        assertThat(zip).satisfies(path -> assertThat(Files.size(path)).isLessThan(5000));
        assertThatThrownBy(() -> new ZipArchive(zip, 1_000_000, 10).unpack(folder.resolve("out"))).isInstanceOf(IOException.class)
                .hasMessageContaining("more than 1000000 bytes");
        assertThatThrownBy(() -> new ZipArchive(zip, 2_000_000, 1).check()).isInstanceOf(IOException.class)
                .hasMessageContaining("2 entries");
    }

    @Test
    void aDamagedFileInTheArchiveIsNamed() throws IOException {
        Path zip = zip("bundle/a.txt", "a text that is long enough to be compressed, long enough, long enough");
        byte[] bytes = Files.readAllBytes(zip);
        String latin = new String(bytes, StandardCharsets.ISO_8859_1);
        // the checksum in the directory at the end: 16 bytes behind its mark
        bytes[latin.indexOf("PK\1\2") + 16] ^= 1;
        Files.write(zip, bytes);
        assertThatThrownBy(() -> new ZipArchive(zip, 1000, 10).check()).isInstanceOf(IOException.class)
                .hasMessageContaining("bundle/a.txt").hasMessageContaining("checksum");
        Files.write(zip, "PK and nothing more".getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> new ZipArchive(zip, 1000, 10).check()).isInstanceOf(IOException.class);
    }
}
