package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// RFC 4180, by example.
class CsvTableTest {
    @TempDir
    private Path folder;

    private CsvTable table(String text) throws IOException {
        Path file = folder.resolve("table.csv");
        Files.writeString(file, text);
        return CsvTable.read(file);
    }

    @Test
    void quotedFieldsHoldCommasQuotesAndLineBreaks() throws IOException {
        CsvTable table = table("\uFEFFname,\"what, it is\"\r\n\"a \"\"b\"\"\",\"two\r\nlines, here\"\r\n\r\nc, spaces stay \n\"\",");
        assertThat(table.column("what, it is")).isEqualTo(1);
        assertThat(table.rows()).containsExactly(
                new CsvTable.Row(2, List.of("a \"b\"", "two\r\nlines, here")),
                new CsvTable.Row(5, List.of("c", " spaces stay ")),
                new CsvTable.Row(6, List.of("", "")));
    }

    @Test
    void whatIsWrongIsSaidWithItsLine() {
        assertThatThrownBy(() -> table("a,b\n\"x\ny\",z\n1\n")).isInstanceOf(BadInputException.class)
                .hasMessageContaining("table.csv line 4 has 1 fields, the header 2");
        assertThatThrownBy(() -> table("a,b\n1,\"open\n2,3\n")).hasMessageContaining("line 2").hasMessageContaining("does not end");
        assertThatThrownBy(() -> table("a,b\n\"1\"x,2\n")).hasMessageContaining("line 2").hasMessageContaining("after the end");
        assertThatThrownBy(() -> table("")).hasMessageContaining("table.csv is empty");
        assertThatThrownBy(() -> table("a,b\n").column("c")).hasMessageContaining("no column \"c\", only a, b");
        assertThatThrownBy(() -> CsvTable.read(folder.resolve("none.csv"))).hasMessageContaining("no file").hasMessageContaining(
                "none.csv");
    }
}
