package nanochat.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: the list of lines that were written.
class LineFileTest {
    @TempDir
    Path folder;

    @Test
    void everyLineIsFoundWhateverItsLength() throws IOException {
        long seed = 7;
        SplittableRandom random = new SplittableRandom(seed);
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            int length = random.nextInt(10) == 0 ? random.nextInt(200_000) : random.nextInt(50);
            written.add(random.nextInt(4) == 0 ? " ".repeat(length % 5) : "é" + i + "x".repeat(length));
        }
        String text = String.join("\n", written);
        List<String> checked = new ArrayList<>();
        LineFile file = new LineFile(Files.writeString(folder.resolve("a.txt"), text), line -> checked.add(line.stripTrailing()));
        List<String> expected = written.stream().filter(line -> !line.isBlank()).toList();
        assertThat(checked).isEqualTo(expected);
        assertThat(IntStream.range(0, file.size()).mapToObj(i -> file.line(i).stripTrailing())).as("seed %d", seed).isEqualTo(expected);
        assertThat(file.bytes()).isEqualTo(Files.size(file.path()));
    }

    @Test
    void whatIsWrongIsNamedWithItsLineBlankOnesCounted() throws IOException {
        Path path = Files.writeString(folder.resolve("a.txt"), "good\n\nbad\n");
        assertThatThrownBy(() -> new LineFile(path, line -> {
            if (line.startsWith("bad")) {
                throw new BadInputException("it is bad");
            }
        })).isInstanceOf(BadInputException.class).hasMessage(path + " line 3: it is bad");
        Files.write(path, new byte[]{'a', '\n', (byte) 0xFF, '\n'});
        assertThatThrownBy(() -> new LineFile(path, _ -> {})).isInstanceOf(BadInputException.class).hasMessage(path
                + " line 2 is not UTF-8");
        assertThatThrownBy(() -> new LineFile(folder.resolve("none"))).isInstanceOf(BadInputException.class).hasMessageContaining("none");
    }
}
