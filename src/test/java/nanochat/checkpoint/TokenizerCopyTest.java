package nanochat.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Merge;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two vocabularies of the same size: only the hash tells them apart.
class TokenizerCopyTest {
    @TempDir
    Path folder;

    @Test
    void theSameTokenizerHasTheSameHash() {
        TokenizerCopy saved = TokenizerCopy.save(folder, Tokenizer.ofMerges(List.of(new Merge('a', 'b'))));
        TokenizerCopy loaded = TokenizerCopy.load(folder);
        assertThat(loaded.sha256()).isEqualTo(saved.sha256()).hasSize(64);
        assertThatCode(() -> loaded.check(folder, saved.sha256(), 266)).doesNotThrowAnyException();
    }

    @Test
    void anotherTokenizerIsRefused() {
        TokenizerCopy first = TokenizerCopy.save(folder, Tokenizer.ofMerges(List.of(new Merge('a', 'b'))));
        TokenizerCopy second = TokenizerCopy.save(folder, Tokenizer.ofMerges(List.of(new Merge('b', 'a'))));
        assertThatThrownBy(() -> second.check(folder, first.sha256(), 266)).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(folder.toString(), "hash");
        assertThatThrownBy(() -> second.check(folder, second.sha256(), 300)).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("266 tokens", "300");
    }
}
