package nanochat.data.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: files laid out by hand as the documentation of [TaskFiles] says.
class TaskFilesTest {
    @TempDir
    Path folder;

    @Test
    void filesAreFoundInNumericalOrder() throws IOException {
        Path split = Files.createDirectories(folder.resolve("task_data/smoltalk/default/train"));
        for (int i = 11; i >= 0; i--) {
            Files.createFile(split.resolve(i + ".parquet"));
        }
        assertThat(TaskFiles.SMOLTALK_TRAIN.files(new BaseDirectory(folder)))
                .isEqualTo(IntStream.range(0, 12).mapToObj(i -> split.resolve(i + ".parquet")).toList());
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        BaseDirectory base = new BaseDirectory(folder);
        assertThatThrownBy(() -> TaskFiles.ARC_EASY_TEST.files(base)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("arc/ARC-Easy/test/0.parquet").hasMessageContaining("--dataset tasks");
        Path split = Files.createDirectories(folder.resolve("task_data/mmlu/all/auxiliary_train"));
        Files.createFile(split.resolve("0.parquet"));
        Files.writeString(split.resolve("listing.json"), "[\"https://a/0.parquet\", \"https://a/1.parquet\"]");
        assertThatThrownBy(() -> TaskFiles.MMLU_AUXILIARY_TRAIN.files(base)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("auxiliary_train/1.parquet");
    }
}
