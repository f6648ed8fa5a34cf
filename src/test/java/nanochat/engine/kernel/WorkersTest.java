package nanochat.engine.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every task of every step runs once, whatever the threads do between steps.
class WorkersTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void everyTaskRunsOnceBeforeRunReturns(int threads) {
        try (Workers workers = new Workers(threads)) {
            for (int step = 0; step < 3000; step++) {
                int tasks = step % 17;
                AtomicIntegerArray runs = new AtomicIntegerArray(17);
                workers.run(tasks, (task, worker) -> {
                    assertThat(worker).isBetween(0, threads - 1);
                    runs.incrementAndGet(task);
                });
                for (int task = 0; task < 17; task++) {
                    assertThat(runs.get(task)).isEqualTo(task < tasks ? 1 : 0);
                }
                if (step % 500 == 499) {
                    LockSupport.parkNanos(5_000_000); // long enough for all others to park
                }
            }
        }
    }

    @Test
    void noTwoTasksShareAWorkerAtOnce() {
        try (Workers workers = new Workers(3)) {
            int[] inside = new int[3];
            AtomicIntegerArray clashes = new AtomicIntegerArray(1);
            workers.run(2000, (task, worker) -> {
                if (inside[worker]++ != 0) {
                    clashes.incrementAndGet(0);
                }
                Thread.onSpinWait();
                inside[worker]--;
            });
            assertThat(clashes.get(0)).isZero();
        }
    }

    @Test
    void whatATaskThrowsIsThrownAfterTheOthersAreDoneAndTheNextStepIsWell() {
        try (Workers workers = new Workers(3)) {
            AtomicIntegerArray runs = new AtomicIntegerArray(50);
            assertThatThrownBy(() -> workers.run(50, (task, worker) -> {
                runs.incrementAndGet(task);
                if (task == 20) {
                    throw new IllegalArgumentException("task 20");
                }
            })).isInstanceOf(IllegalArgumentException.class).hasMessage("task 20");
            assertThat(IntStream.range(0, 50).map(runs::get)).containsOnly(1);
            workers.run(50, (task, worker) -> runs.incrementAndGet(task));
            assertThat(IntStream.range(0, 50).map(runs::get)).containsOnly(2);
        }
    }

    @Test
    void afterCloseTheCallerWorksAlone() {
        Workers workers = new Workers(2);
        workers.close();
        int[] runs = new int[20];
        workers.run(20, (task, worker) -> runs[task]++);
        assertThat(runs).containsOnly(1);
    }

    @Test
    void atLeastOneThreadIsNeeded() {
        assertThatThrownBy(() -> new Workers(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
