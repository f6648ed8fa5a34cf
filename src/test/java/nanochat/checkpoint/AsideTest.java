package nanochat.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The oracle: every file that was there is there, under one name or the other.
class AsideTest {
    @TempDir
    Path models;

    private CheckpointDirectory saved(String tag, int... steps) {
        CheckpointDirectory run = CheckpointDirectory.of(models, tag);
        for (int step : steps) {
            List<StoredTensor> tensors = List.of(new StoredTensor("wte", ElementType.F32, List.of(1L), MemorySegment.ofArray(
                    new float[]{step})));
            run.save(step, tensors, tensors, Map.of("step", step));
        }
        return run;
    }

    private List<String> names(String tag) throws IOException {
        try (Stream<Path> files = Files.list(models.resolve(tag))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void laterCheckpointsMoveWithAllThatBelongsToThem() throws IOException {
        CheckpointDirectory run = saved("d4", 100, 200, 300, 400);
        Files.writeString(run.folder().resolve("eval_000200.json"), "200");
        Files.writeString(run.folder().resolve("eval_000300.json"), "300");
        Files.writeString(run.folder().resolve("packed_000300.of.a.later.version"), "300");
        Files.writeString(run.folder().resolve("metrics.jsonl"), "lines");
        Files.writeString(run.folder().resolve("tokenizer.json"), "merges");
        Files.writeString(run.folder().resolve("model_000250.safetensors.new.tmp-7"), "half a checkpoint");

        CheckpointDirectory kept = run.moveLaterAside(200).orElseThrow();

        assertThat(kept.tag()).isEqualTo("d4.after-000200");
        assertThat(run.steps()).containsExactly(100, 200);
        assertThat(kept.steps()).containsExactly(300, 400);
        assertThat(names("d4")).contains("eval_000200.json", "metrics.jsonl", "tokenizer.json")
                .noneMatch(name -> name.contains("300") || name.contains("400"));
        assertThat(names("d4.after-000200")).contains("eval_000300.json", "packed_000300.of.a.later.version", "metrics.jsonl",
                "tokenizer.json", "optim_000400.safetensors").doesNotContain("eval_000200.json");
        assertThat(run.moveLaterAside(200)).as("nothing is left to move").isEmpty();
    }

    @Test
    void whatWasKeptBeforeStays() {
        CheckpointDirectory run = saved("d4", 100, 200);
        run.moveLaterAside(100);
        saved("d4", 300);
        assertThat(run.moveLaterAside(100).orElseThrow().tag()).isEqualTo("d4.after-000100-2");
        assertThat(CheckpointDirectory.of(models, "d4.after-000100").steps()).containsExactly(200);
        assertThat(CheckpointDirectory.of(models, "d4.after-000100-2").steps()).containsExactly(300);
    }

    @Test
    void filesOfAnUnfinishedMoveAreMovedTheNextTime() throws IOException {
        CheckpointDirectory run = saved("d4", 100, 200);
        Files.delete(run.folder().resolve("meta_000200.json"));
        assertThat(run.moveLaterAside(100)).isPresent();
        assertThat(names("d4")).noneMatch(name -> name.contains("200"));
    }

    @Test
    void aRunWithoutACheckpointDoesNotCostTheEarlierOne() throws IOException {
        CheckpointDirectory run = saved("d4", 100);
        assertThat(run.moveAside().orElseThrow().tag()).isEqualTo("d4.previous");
        Files.createDirectories(run.folder());
        Files.writeString(run.folder().resolve("metrics.jsonl"), "of a run that never saved");
        assertThat(run.moveAside()).isEmpty();
        assertThat(CheckpointDirectory.of(models, "d4.previous").steps()).containsExactly(100);
        assertThat(names("d4")).containsExactly("metrics.jsonl");
        saved("d4", 7);
        Files.createDirectories(models.resolve("d4.previous/a folder of the user"));
        assertThat(run.moveAside().orElseThrow().steps()).containsExactly(7);
        assertThat(names("d4.previous")).doesNotContain("a folder of the user");
    }

    @Test
    void nothingMovesWhileSomebodyElseWritesToEitherFolder() {
        CheckpointDirectory run = saved("d4", 100, 200);
        saved("d4.previous", 5);
        for (String tag : List.of("d4", "d4.previous")) {
            try (RunLock _ = RunLock.take(CheckpointDirectory.of(models, tag))) {
                assertThatThrownBy(() -> CompletableFuture.runAsync(run::moveAside).join()).isInstanceOf(CompletionException.class).cause()
                        .isInstanceOf(BadInputException.class).hasMessageContaining("Another run is writing to " + models.resolve(tag));
            }
        }
        assertThat(run.steps()).containsExactly(100, 200);
        assertThat(CheckpointDirectory.of(models, "d4.previous").steps()).containsExactly(5);
    }

    @Test
    void aModelThatGaveWayIsTakenOnlyByName() {
        saved("mine", 100);
        saved("mine.previous", 50);
        saved("mine.after-000100", 200);
        saved("mine.after-000100-2", 300);
        assertThat(CheckpointDirectory.findLargest(models).tag()).isEqualTo("mine");
        assertThat(CheckpointDirectory.find(models, "mine.previous").lastStep()).isEqualTo(50);
        assertThat(CheckpointDirectory.find(models, "mine.after-000100").lastStep()).isEqualTo(200);
        saved("d4.previous", 900);
        assertThat(CheckpointDirectory.findLargest(models).tag()).isEqualTo("mine");
    }

    @Test
    void itIsTakenWhereThereIsNoOther() {
        saved("mine.previous", 50);
        assertThat(CheckpointDirectory.findLargest(models).tag()).isEqualTo("mine.previous");
    }

    @Test
    void aCheckpointThatAnotherRunReplacedIsNotTheSame() {
        CheckpointDirectory run = CheckpointDirectory.of(models, "d4");
        run.save(3, List.of(), List.of(), Map.of("state", Map.of("loss", 1.5)));
        String identity = run.identity(3);
        run.saveMeta(3, Map.of("val_bpb", 0.7, "state", Map.of("loss", 1.5, "bits_per_byte", 0.7, "best_bits_per_byte", 0.7)));
        run.checkIdentity(3, identity, "it was only validated");
        run.saveMeta(3, Map.of("state", Map.of("loss", 1.25)));
        assertThatThrownBy(() -> run.checkIdentity(3, identity, "try again")).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("Another run has replaced the checkpoint of step 3", "try again");
        run.moveAside();
        assertThatThrownBy(() -> run.checkIdentity(3, identity, "try again")).hasMessageContaining("replaced");
    }
}
