package nanochat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import nanochat.data.FileDocuments;
import nanochat.data.ShardWriter;
import nanochat.data.TextSplit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Names of files and what programs read do not depend on the language of the system. The build's check `DefaultLocale` finds whatever formats
/// by the default locale; here is what it was about: digits of its own (fa, ar), a dotless i (tr), a decimal comma (de).
class LocaleTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"fa-IR", "ar-EG-u-nu-arab", "tr-TR", "de-DE", "my-MM-u-nu-mymr"})
    void shardsAndFingerprintsAreTheSame(String language) throws IOException {
        Path text = Files.writeString(folder.resolve("TITLE.TXT"), "some text\n\n".repeat(200));
        Locale before = Locale.getDefault();
        String fingerprint = new FileDocuments(List.of(text), TextSplit.BLANK_LINES).fingerprint();
        try {
            Locale.setDefault(Locale.forLanguageTag(language));
            FileDocuments source = new FileDocuments(List.of(text), TextSplit.BLANK_LINES);
            assertThat(source.fingerprint()).isEqualTo(fingerprint).matches("\\p{ASCII}*");
            new ShardWriter(folder.resolve("shards"), 1000).write(source, Long.MAX_VALUE);
        } finally {
            Locale.setDefault(before);
        }
        assertThat(folder.resolve("shards/shard_00000.parquet")).exists();
        assertThat(folder.resolve("shards/shard_00001.parquet")).exists();
    }

    @Test
    void theBuildChecksIt() throws IOException {
        assertThat(Files.readString(Path.of("pom.xml"))).contains("-Xep:DefaultLocale:WARN").contains("<arg>-Werror</arg>");
    }
}
