package nanochat.io;

import static org.assertj.core.api.Assertions.assertThat;

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
    void aRelativePathIsMeantFromTheWorkingDirectory() {
        assertThat(new BaseDirectory(Path.of("here")).root()).isEqualTo(Path.of("here").toAbsolutePath());
    }
}
