package nanochat.io;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import java.util.stream.Stream;
import nanochat.checkpoint.SafeTensors;
import nanochat.conversation.ConversationFile;
import nanochat.data.parquet.ParquetFile;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever opens a file that may lie in a repository with Git LFS says so when only the pointer is there.
class GitLfsPointerTest {
    @TempDir
    Path folder;

    private record Opener(String name, Consumer<Path> open) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Opener> openers() {
        return Stream.of(new Opener("model.safetensors", SafeTensors::open), new Opener("conversations.jsonl", ConversationFile::new),
                new Opener("rows.parquet", ParquetFile::new), new Opener("ranks.tiktoken", Tokenizer::importTiktoken),
                new Opener("tokenizer.json", Tokenizer::load), new Opener("meta.json", file -> Json.read(file, Object.class)));
    }

    @ParameterizedTest
    @MethodSource("openers")
    void isCalledSo(Opener opener) throws IOException {
        Path file = Files.writeString(folder.resolve(opener.name),
                "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n");
        assertThatThrownBy(() -> opener.open.accept(file)).isInstanceOf(BadInputException.class)
                .hasMessageStartingWith(file + " is a Git LFS pointer").hasMessageContaining("git lfs pull");
    }
}
