package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What the hook does when the process is asked to end, without ending it.
class SaveOnInterruptTest {
    @Test
    void theProcessWaitsUntilTheRunIsOver() throws Exception {
        StopSignal stop = new StopSignal();
        CompletableFuture<Void> ending;
        try (SaveOnInterrupt interrupt = new SaveOnInterrupt(stop)) {
            assertThat(stop.isRequested()).isFalse();
            ending = CompletableFuture.runAsync(interrupt::interrupted);
            while (!stop.isRequested()) {
                Thread.onSpinWait();
            }
            assertThat(ending).isNotDone();
        }
        ending.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aRunThatIsOverLeavesNoHookBehind() {
        StopSignal stop = new StopSignal();
        SaveOnInterrupt interrupt = new SaveOnInterrupt(stop);
        interrupt.close();
        interrupt.close();
        interrupt.interrupted();
        assertThat(stop.isRequested()).isTrue();
    }
}
