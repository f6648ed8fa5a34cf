package nanochat.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/// The oracle: the folder names of the original.
class BaseDirectoryTest {
    @Test
    void theFoldersHaveTheOriginalsNames() {
        BaseDirectory base = new BaseDirectory(Path.of("/somewhere/./else/../there"));
        assertThat(base.root()).isEqualTo(Path.of("/somewhere/there"));
        assertThat(base.tokenizer()).isEqualTo(Path.of("/somewhere/there/tokenizer"));
        assertThat(base.baseCheckpoints()).isEqualTo(Path.of("/somewhere/there/base_checkpoints"));
        assertThat(base.sftCheckpoints()).isEqualTo(Path.of("/somewhere/there/chatsft_checkpoints"));
        assertThat(base.rlCheckpoints()).isEqualTo(Path.of("/somewhere/there/chatrl_checkpoints"));
        assertThat(base.report()).isEqualTo(Path.of("/somewhere/there/report"));
    }

    @Test
    void withoutAHomeDirectoryItHasToBeNamed() {
        assertThat(BaseDirectory.of("", "/home/me").root()).isEqualTo(Path.of("/home/me/.cache/nanochat4j"));
        assertThat(BaseDirectory.of("/b", "?").root()).isEqualTo(Path.of("/b"));
        assertThatThrownBy(() -> BaseDirectory.of(" ", "?")).isInstanceOf(BadInputException.class).hasMessageContaining(
                "NANOCHAT_BASE_DIR");
    }

    @Test
    void aRelativePathIsMeantFromTheWorkingDirectory() {
        assertThat(new BaseDirectory(Path.of("here")).root()).isEqualTo(Path.of("here").toAbsolutePath());
    }
}
