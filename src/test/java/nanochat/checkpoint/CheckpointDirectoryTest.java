package nanochat.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.model.GptConfigFields;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The oracles: the file names of the original, and what was saved must be loaded.
class CheckpointDirectoryTest {
    private static final GptConfigFields CONFIG = new GptConfigFields(64, 97, 2, 2, 1, 32, Optional.of("SL"));

    @TempDir
    Path models;

    record Meta(int step, double validationBpb, GptConfigFields modelConfig) {}

    /// A record that fails while it is written.
    record Broken(int step) {
        @Override
        public int step() {
            throw new BadInputException("no step");
        }
    }

    private static List<StoredTensor> tensors(float value) {
        return List.of(new StoredTensor("wte", ElementType.F32, List.of(2L), MemorySegment.ofArray(new float[]{value, -value})));
    }

    private CheckpointDirectory saved(String tag, int... steps) {
        CheckpointDirectory directory = CheckpointDirectory.of(models, tag);
        for (int step : steps) {
            directory.save(step, tensors(step), tensors(-step), new Meta(step, 1.5, CONFIG));
        }
        return directory;
    }

    private static float first(SafeTensors tensors) {
        try (tensors) {
            return tensors.tensor("wte", ElementType.F32, List.of(2L)).toFloats()[0];
        }
    }

    private static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aCheckpointIsThreeFilesWithTheOriginalsNames() throws IOException {
        CheckpointDirectory directory = saved("d4", 200);
        assertThat(directory.folder()).isEqualTo(models.resolve("d4"));
        assertThat(names(directory.folder())).containsExactly("meta_000200.json", "model_000200.safetensors", "optim_000200.safetensors");
        assertThat(Files.readString(directory.folder().resolve("meta_000200.json"))).contains("\"validation_bpb\" : 1.5",
                "\"n_layer\" : 2");
    }

    @Test
    void whatWasSavedIsLoaded() {
        CheckpointDirectory directory = saved("d4", 100, 200);
        assertThat(first(directory.openModel(100))).isEqualTo(100f);
        assertThat(first(directory.openOptimizer(200))).isEqualTo(-200f);
        assertThat(directory.readMeta(200, Meta.class)).isEqualTo(new Meta(200, 1.5, CONFIG));
    }

    @Test
    void savingAStepAgainReplacesIt() throws IOException {
        CheckpointDirectory directory = saved("d4", 200);
        directory.save(200, tensors(7), List.of(), Map.of("step", 200));
        assertThat(first(directory.openModel(200))).isEqualTo(7f);
        assertThat(directory.hasOptimizer(200)).isFalse();
        assertThat(names(directory.folder())).containsExactly("meta_000200.json", "model_000200.safetensors");
    }

    @Test
    void aFailedSaveChangesNothingAndLeavesNothing() throws IOException {
        CheckpointDirectory directory = saved("d4", 200);
        assertThatThrownBy(() -> directory.save(200, tensors(7), tensors(8), new Broken(3))).hasMessageContaining("no step");
        assertThatThrownBy(() -> directory.save(300, tensors(7), tensors(8), new Broken(3))).hasMessageContaining("no step");
        assertThat(first(directory.openModel(200))).isEqualTo(200f);
        assertThat(names(directory.folder())).containsExactly("meta_000200.json", "model_000200.safetensors", "optim_000200.safetensors");
    }

    @Test
    void withoutItsMetaFileThereIsNoCheckpoint() throws IOException {
        CheckpointDirectory directory = saved("d4", 100, 200);
        Files.delete(directory.folder().resolve("meta_000200.json"));
        assertThat(directory.steps()).containsExactly(100);
        assertThat(directory.lastStep()).isEqualTo(100);
        assertThatThrownBy(() -> directory.openModel(200)).isInstanceOf(BadInputException.class).hasMessageContainingAll("step 200",
                "there are: 100");
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        CheckpointDirectory directory = saved("d4", 100);
        Files.delete(directory.folder().resolve("optim_000100.safetensors"));
        assertThatThrownBy(() -> directory.openOptimizer(100)).isInstanceOf(BadInputException.class).hasMessageContainingAll("step 100",
                "lacks optim_000100.safetensors", "training cannot go on");
        Files.delete(directory.folder().resolve("model_000100.safetensors"));
        assertThatThrownBy(() -> directory.openModel(100)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "lacks model_000100.safetensors");
    }

    @Test
    void stepsAreCountedNotSpelled() {
        assertThat(saved("d4", 2_000_000, 300, 20).steps()).containsExactly(20, 300, 2_000_000);
        assertThat(saved("d4").lastStep()).isEqualTo(2_000_000);
    }

    @Test
    void theLargestModelIsTheDeepest() {
        saved("d12", 1);
        saved("d4", 500);
        saved("d6", 9);
        saved("my-model", 900);
        assertThat(CheckpointDirectory.findLargest(models).tag()).isEqualTo("d12");
    }

    @Test
    void amongOtherNamesTheOneSavedLastCounts() throws IOException {
        CheckpointDirectory first = saved("b-model", 1);
        CheckpointDirectory second = saved("a-model", 1);
        Files.setLastModifiedTime(first.folder().resolve("meta_000001.json"), FileTime.fromMillis(1_000_000));
        Files.setLastModifiedTime(second.folder().resolve("meta_000001.json"), FileTime.fromMillis(2_000_000));
        assertThat(CheckpointDirectory.findLargest(models).tag()).isEqualTo("a-model");
        Files.setLastModifiedTime(first.folder().resolve("meta_000001.json"), FileTime.fromMillis(3_000_000));
        assertThat(CheckpointDirectory.findLargest(models).tag()).isEqualTo("b-model");
    }

    @Test
    void aFolderWithoutACheckpointIsNoModel() throws IOException {
        Files.createDirectories(models.resolve("d32"));
        Files.writeString(models.resolve("d64"), "not a folder");
        saved("d4", 1);
        assertThat(CheckpointDirectory.findLargest(models).tag()).isEqualTo("d4");
        assertThatThrownBy(() -> CheckpointDirectory.find(models, "d32")).isInstanceOf(BadInputException.class).hasMessageContainingAll(
                "'d32'",
                "there are: d4");
    }

    @Test
    void whereNothingWasTrainedTheMessageSaysSo() {
        Path none = models.resolve("none");
        assertThatThrownBy(() -> CheckpointDirectory.findLargest(none)).isInstanceOf(BadInputException.class).hasMessageContainingAll(
                "none",
                "train a model first");
        assertThatThrownBy(() -> CheckpointDirectory.find(none, "d4")).isInstanceOf(BadInputException.class).hasMessageContaining(
                "nor of any other");
        assertThatThrownBy(() -> CheckpointDirectory.of(none, "d4").lastStep()).isInstanceOf(BadInputException.class).hasMessageContaining(
                "d4");
    }

    @Test
    void aTagIsAPlainName() {
        for (String tag : List.of("", "..", "../d4", "a/b", "a\\b", ".hidden", "a b")) {
            assertThatThrownBy(() -> CheckpointDirectory.of(models, tag)).as(tag).isInstanceOf(BadInputException.class);
        }
        assertThat(CheckpointDirectory.of(models, "d4-my_run.2").tag()).isEqualTo("d4-my_run.2");
    }
}
