package nanochat.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversationDataOptionTest {
    @TempDir
    Path folder;

    @Test
    void commasSeparateButMayStandInTheNamesOfFiles() throws IOException {
        Path comma = Files.writeString(folder.resolve("mine, and yours.jsonl"), "[]");
        Path plain = Files.writeString(folder.resolve("mine"), "[]");
        assertThat(ConversationDataOption.sources("builtin")).containsExactly("builtin");
        assertThat(ConversationDataOption.sources("smoltalk,mmlu:3")).containsExactly("smoltalk", "mmlu:3");
        assertThat(ConversationDataOption.sources(comma.toString())).containsExactly(comma.toString());
        assertThat(ConversationDataOption.sources("builtin," + comma + ":3," + plain + ",gsm8k")).containsExactly("builtin", comma + ":3",
                plain.toString(), "gsm8k");
    }
}
