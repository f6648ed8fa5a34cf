package nanochat.engine.kernel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed set of threads that share the tasks of one short parallel step after another: some thirty steps for every token generated, each
/// of ten to a hundred microseconds. So threads that wait spin for a while before they park, tasks are claimed one by one from a counter,
/// and a step allocates nothing.
///
/// The caller of [#run] works too: one thread means no further thread is started. One step at a time: a second caller waits for the first.
public final class Workers implements AutoCloseable {
    /// One step: `count` tasks, to be done in any order on any thread.
    @FunctionalInterface
    public interface Step {
        /// Does task `task`. `worker`, from 0 to [Workers#threads] - 1, picks scratch memory that no other thread uses meanwhile.
        void run(int task, int worker);
    }

    /// About 200 microseconds of spinning: longer than the serial work between two steps, shorter than anybody notices.
    private static final int SPINS_BEFORE_PARKING = 5_000;
    private static final Step NOTHING = (task, worker) -> {};

    private final Thread[] threads;
    private final AtomicInteger parked = new AtomicInteger();
    /// Number of the step in the upper half, how many of its tasks are unclaimed in the lower: a claim is one compare-and-set, and fails
    /// for a thread that slept through the end of a step.
    private final AtomicLong unclaimed = new AtomicLong();
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    // Written before `unclaimed` announces a step, read only after a successful claim.
    private Step step = NOTHING;
    private int count;
    /// The caller of [#run], when it has parked until the last task is done.
    private volatile @Nullable Thread waiting;
    private volatile boolean closed;

    /// @param threads how many threads work, the caller of [#run] counted
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("at least one thread is needed, not " + threads);
        }
        this.threads = new Thread[threads - 1];
        for (int i = 0; i < this.threads.length; i++) {
            int worker = i + 1;
            this.threads[i] = Thread.ofPlatform().daemon().name("engine-" + worker).start(() -> serve(worker));
        }
    }

    /// As many threads as the machine has processors.
    public static Workers ofAllProcessors() {
        return new Workers(Runtime.getRuntime().availableProcessors());
    }

    /// The number of threads that work, the caller counted.
    public int threads() {
        return threads.length + 1;
    }

    /// Runs tasks 0 to `tasks` - 1 and returns when all are done. What a task throws is thrown here, after the others have finished.
    public synchronized void run(int tasks, Step work) {
        if (tasks <= 1 || threads.length == 0) {
            for (int task = 0; task < tasks; task++) {
                work.run(task, 0);
            }
            return;
        }
        step = work;
        count = tasks;
        unfinished.set(tasks);
        unclaimed.set(((unclaimed.get() >>> 32) + 1) << 32 | tasks);
        if (parked.get() > 0) {
            for (Thread thread : threads) {
                LockSupport.unpark(thread);
            }
        }
        help(0);
        awaitOthers();
        step = NOTHING;
        Throwable thrown = failure.getAndSet(null);
        switch (thrown) {
            case null -> {
            }
            case RuntimeException exception -> throw exception;
            case Error error -> throw error;
            default -> throw new IllegalStateException(thrown);
        }
    }

    /// Where others need the processors, a thread may be taken off one in the middle of its task. Then this one must leave its own free for them: a
    /// thread that spins or yields looks busy, and nobody is moved to its processor.
    private void awaitOthers() {
        for (int spins = 0; unfinished.get() > 0 && spins < SPINS_BEFORE_PARKING; spins++) {
            Thread.onSpinWait();
        }
        if (unfinished.get() > 0) {
            waiting = Thread.currentThread();
            while (unfinished.get() > 0) {
                LockSupport.park(this);
            }
            waiting = null;
        }
    }

    private void finishTask() {
        if (unfinished.decrementAndGet() == 0) {
            Thread caller = waiting;
            if (caller != null) {
                LockSupport.unpark(caller);
            }
        }
    }

    /// Claims and does tasks until none of the current step is left.
    private void help(int worker) {
        while (true) {
            long seen = unclaimed.get();
            int left = (int) seen;
            if (left == 0) {
                return;
            }
            if (!unclaimed.compareAndSet(seen, seen - 1)) {
                continue;
            }
            try {
                step.run(count - left, worker);
            } catch (Throwable thrown) {
                failure.compareAndSet(null, thrown);
            } finally {
                finishTask();
            }
        }
    }

    private void serve(int worker) {
        int spins = 0;
        while (!closed) {
            if ((int) unclaimed.get() > 0) {
                help(worker);
                spins = 0;
            } else if (spins++ < SPINS_BEFORE_PARKING) {
                Thread.onSpinWait();
            } else {
                parked.incrementAndGet();
                if ((int) unclaimed.get() == 0 && !closed) {
                    LockSupport.park(this);
                }
                parked.decrementAndGet();
                spins = 0;
            }
        }
    }

    /// Ends the threads; [#run] still works afterwards, on the caller's thread alone.
    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }
}
