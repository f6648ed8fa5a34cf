package nanochat.tensor.cpu;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A fixed team of threads that works through the numbered chunks of one task at a time; the caller is worker 0 and works too. Chunks are
/// claimed in order by whoever is free, so what a chunk computes must not depend on who computes it.
///
/// A step of training is a few hundred short tasks one after another: waiting workers spin a little before they sleep, because
/// waking a sleeper costs more than many of the tasks.
final class Workers implements AutoCloseable {
    /// The work of one chunk; `worker` is the index of the thread, below [#count()], for its scratch memory.
    @FunctionalInterface
    interface Task {
        void run(int chunk, int worker);
    }

    private static final int SPINS_BEFORE_SLEEP = 20_000;
    private static final Task NOTHING = (chunk, worker) -> {};

    private final Thread[] threads;
    private final AtomicInteger nextChunk = new AtomicInteger();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private Task task = NOTHING;
    private int chunks;
    private final AtomicInteger generation = new AtomicInteger();
    private volatile boolean closed;

    /// @param count how many threads work, the caller included; at least 1
    Workers(int count) {
        if (count < 1) {
            throw new IllegalArgumentException("there must be at least one thread, not " + count);
        }
        threads = new Thread[count - 1];
        for (int i = 0; i < threads.length; i++) {
            int worker = i + 1;
            threads[i] = Thread.ofPlatform().daemon().name("worker-" + worker).unstarted(() -> serve(worker));
        }
        for (Thread thread : threads) {
            thread.start();
        }
    }

    int count() {
        return threads.length + 1;
    }

    /// Runs the chunks 0..chunks-1 and returns when all are done. An exception of any chunk is thrown here.
    void run(int chunks, Task task) {
        if (threads.length == 0 || chunks == 1) {
            for (int chunk = 0; chunk < chunks; chunk++) {
                task.run(chunk, 0);
            }
            return;
        }
        this.task = task;
        this.chunks = chunks;
        nextChunk.set(0);
        busy.set(threads.length);
        generation.incrementAndGet();
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
        work(task, chunks, 0);
        int spins = 0;
        while (busy.get() > 0) {
            if (++spins < SPINS_BEFORE_SLEEP) {
                Thread.onSpinWait();
            } else {
                Thread.yield();
            }
        }
        this.task = NOTHING;
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        } else if (thrown instanceof Error error) {
            throw error;
        }
    }

    private void work(Task task, int chunks, int worker) {
        try {
            for (int chunk = nextChunk.getAndIncrement(); chunk < chunks; chunk = nextChunk.getAndIncrement()) {
                task.run(chunk, worker);
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            nextChunk.set(chunks);
        }
    }

    private void serve(int worker) {
        int seen = 0;
        while (true) {
            int spins = 0;
            while (generation.get() == seen) {
                if (closed) {
                    return;
                }
                if (++spins < SPINS_BEFORE_SLEEP) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.park(this);
                }
            }
            seen++;
            work(task, chunks, worker);
            busy.decrementAndGet();
        }
    }

    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
        }
    }
}
