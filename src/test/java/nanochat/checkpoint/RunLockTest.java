package nanochat.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The oracle of what two processes may do is a second process.
class RunLockTest {
    @TempDir
    Path models;

    /// Holds the lock of a folder until its standard input ends.
    static final class Holder {
        private Holder() {
        }

        public static void main(String[] arguments) throws IOException {
            try (RunLock _ = RunLock.take(new CheckpointDirectory(Path.of(arguments[0])))) {
                System.out.println("held");
                System.in.transferTo(System.err);
            }
        }
    }

    private Process holding(CheckpointDirectory run) throws IOException {
        Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx64m",
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), Holder.class.getName(), run.folder().toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        BufferedReader said = process.inputReader();
        assertThat(said.readLine()).isEqualTo("held");
        return process;
    }

    private CheckpointDirectory run(String tag) {
        return CheckpointDirectory.of(models, tag);
    }

    private Path file(String tag) {
        return models.resolve("." + tag + ".lock");
    }

    @Test
    void aSecondProcessIsRefusedAndTheFirstIsNamed() throws Exception {
        Process first = holding(run("d4"));
        try {
            assertThatThrownBy(() -> RunLock.take(run("d4"))).isInstanceOf(BadInputException.class).hasMessageContainingAll(
                    "Another run is writing to " + models.resolve("d4"), "process " + first.pid() + " (", "Holder", "which began at 20",
                    "Wait until it ends", "model_tag");
            RunLock.take(run("d5")).close();
        } finally {
            first.outputWriter().close();
        }
        assertThat(first.waitFor()).isZero();
        RunLock.take(run("d4")).close();
    }

    @Test
    void aProcessThatIsKilledLeavesAFileThatKeepsNobodyOut() throws Exception {
        Process first = holding(run("d4"));
        first.destroyForcibly().waitFor();
        assertThat(file("d4")).content().contains("\"pid\":" + first.pid());
        try (RunLock _ = RunLock.take(run("d4"))) {
            assertThat(file("d4")).content().contains("\"pid\":" + ProcessHandle.current().pid()).doesNotContain("" + first.pid());
        }
        Files.writeString(file("d4"), "not what it should be");
        RunLock.take(run("d4")).close();
    }

    @Test
    void aProcessWithoutTheRightDoesNotTakeItFromTheOneThatHasIt() throws Exception {
        Process first = holding(run("d4"));
        try {
            for (int i = 0; i < 3; i++) {
                assertThatThrownBy(() -> RunLock.take(run("d4"))).hasMessageContaining("process " + first.pid());
            }
        } finally {
            first.outputWriter().close();
        }
    }

    @Test
    void theStagesOfOneThreadTakeItTogetherAndAnotherThreadDoesNot() {
        RunLock outer = RunLock.take(run("d4"));
        RunLock inner = RunLock.take(run("d4"));
        assertThatThrownBy(this::takeElsewhere).isInstanceOf(CompletionException.class).cause().isInstanceOf(BadInputException.class)
                .hasMessageContaining("in another thread");
        outer.close();
        outer.close();
        assertThatThrownBy(this::takeElsewhere).as("closing twice gives back once").isInstanceOf(CompletionException.class);
        inner.close();
        takeElsewhere();
    }

    private void takeElsewhere() {
        CompletableFuture.runAsync(() -> RunLock.take(run("d4")).close()).join();
    }

    @Test
    void aFileSystemWithoutLocksIsWarnedOf() {
        try (RunLock lock = RunLock.take(run("d4"), _ -> {
            throw new IOException("No locks available");
        })) {
            assertThat(lock.warning().orElseThrow()).contains("has no locks (No locks available)", models.resolve("d4").toString());
        }
        try (RunLock lock = RunLock.take(run("d4"))) {
            assertThat(lock.warning()).isEmpty();
        }
    }

    @Test
    void aFolderThatCannotBeWrittenIsAnErrorOfTheUser() throws IOException {
        Path file = Files.writeString(models.resolve("file"), "");
        assertThatThrownBy(() -> RunLock.take(CheckpointDirectory.of(file, "d4"))).isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("Cannot write beside", "NANOCHAT_BASE_DIR");
    }
}
