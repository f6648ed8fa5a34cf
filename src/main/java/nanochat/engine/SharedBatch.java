package nanochat.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;

/// One engine for any number of threads: what they ask for becomes rows of one [ContinuousBatch], so that every reading of the weights serves
/// them all. A thread of its own runs the batch; it and those of the engine call the listeners: they must not wait for anything. Callers wait for their answers;
/// an interrupt ends what the interrupted caller asked for, and it gets what there is.
///
///     try (SharedBatch shared = new SharedBatch(engine, 16, 256)) {
///         // each user of a server, on a thread of their own
///         ChatSession session = new ChatSession(shared, tokenizer, true, settings);
///     }
///
/// Nobody else may use the engine meanwhile; it stays open when this is closed.
public final class SharedBatch implements Generator, AutoCloseable {
    private final Engine engine;
    private final ContinuousBatch batch;
    private final int rows;
    private final Thread loop;
    /// What is to be done on the thread of the batch.
    private final BlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();
    private boolean inboxClosed;
    // Of the thread of the batch.
    private final List<Call> underWay = new ArrayList<>();
    private boolean closing;
    private volatile int rowsUnderWay;

    /// @param mostRows how many samples are decoded at once
    /// @param promptTokensPerStep how many tokens of prompts are read beside every token of the rows under way
    public SharedBatch(Engine engine, int mostRows, int promptTokensPerStep) {
        this.engine = engine;
        this.batch = engine.newBatch(mostRows, promptTokensPerStep);
        this.rows = mostRows;
        this.loop = Thread.ofPlatform().daemon().name("shared-batch").unstarted(this::run);
        loop.start();
    }

    @Override
    public int maximumLength() {
        return engine.maximumLength();
    }

    @Override
    public Sequence newContext() {
        Sequence context = engine.newContext();
        context.handOverTo(loop);
        return context;
    }

    @Override
    public void release(Sequence context) {
        synchronized (inbox) {
            if (!inboxClosed) { // else its memory is anybody's already
                inbox.add(context::release);
            }
        }
    }

    /// @param listener called on a thread of the batch
    @Override
    public List<Sample> generate(Sequence context, int[] prompt, int samples, Generation request, ColumnListener listener) {
        try (Caller caller = new Caller()) {
            caller.submit(0, listener, guarded -> batch.submit(context, prompt, samples, request, guarded));
            return caller.awaitNext().samples();
        }
    }

    /// As [Generator#generate(int[], int, Generation, ColumnListener)], with draws from the streams `firstStream` and following of the request's seed.
    ///
    /// @param scope what this request reads and generates is kept, as long as there is memory, for later ones of the same scope, which need not read it
    ///     again; where it is empty, nothing is kept and nothing used. Whoever may ask in a scope can find out by time what others asked in it
    /// @param listener called on a thread of the batch
    public List<Sample> generate(int[] prompt, int samples, int firstStream, Generation request, Optional<String> scope,
            ColumnListener listener) {
        try (Caller caller = new Caller()) {
            caller.submit(0, listener, guarded -> batch.submit(prompt, samples, firstStream, request, scope, guarded));
            return caller.awaitNext().samples();
        }
    }

    /// Says whether [#generate] would refuse it.
    ///
    /// @throws nanochat.io.BadInputException if so
    public void check(int[] prompt, int samples, Generation request) {
        engine.check(prompt, samples, request);
    }

    /// Whether anything can be asked: it was not closed, and nothing went wrong that is no single request's fault.
    public boolean isOpen() {
        synchronized (inbox) {
            return !inboxClosed;
        }
    }

    /// How many samples are under way, as of the last step.
    public int rowsUnderWay() {
        return rowsUnderWay;
    }

    @Override
    public List<List<Sample>> generateAll(List<int[]> prompts, int samples, Generation request, Runnable afterEachPrompt) {
        prompts.forEach(prompt -> engine.check(prompt, samples, request));
        List<List<Sample>> answers = new ArrayList<>(Collections.nCopies(prompts.size(), List.of()));
        try (Caller caller = new Caller()) {
            int next = 0;
            while (true) {
                for (; next < prompts.size() && caller.open.size() < rows && !caller.interrupted; next++) {
                    int index = next;
                    caller.submit(index, ColumnListener.NONE, guarded -> batch.submit(prompts.get(index), samples, index * samples, request,
                            Optional.empty(), guarded));
                }
                if (caller.open.isEmpty()) {
                    return answers;
                }
                Call over = caller.awaitNext();
                answers.set(over.index, over.samples());
                afterEachPrompt.run();
            }
        }
    }

    /// Ends what is under way, whose callers get what there is, and the thread.
    @Override
    public void close() {
        synchronized (inbox) {
            if (!inboxClosed) {
                inbox.add(() -> closing = true);
                inboxClosed = true;
            }
        }
        boolean interrupted = false;
        while (loop.isAlive()) {
            try {
                loop.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void post(Runnable task) {
        synchronized (inbox) {
            if (inboxClosed) {
                throw new IllegalStateException("the shared batch is closed");
            }
            inbox.add(task);
        }
    }

    private void run() {
        Optional<RuntimeException> failure = runBatch();
        synchronized (inbox) {
            inboxClosed = true;
        }
        inbox.forEach(Runnable::run);
        batch.close();
        underWay.forEach(call -> call.endWith(failure));
    }

    /// Until this is closed, or something goes wrong that is no single request's fault.
    private Optional<RuntimeException> runBatch() {
        try {
            boolean busy = false;
            while (!closing) {
                if (!busy) {
                    inbox.take().run();
                }
                for (Runnable task = inbox.poll(); task != null; task = inbox.poll()) {
                    task.run();
                }
                busy = batch.step();
                rowsUnderWay = batch.rowsUnderWay();
                underWay.removeIf(Call::tellIfOver);
            }
            return Optional.empty();
        } catch (InterruptedException | RuntimeException | Error broken) {
            return Optional.of(new IllegalStateException("the shared batch has failed", broken));
        }
    }

    /// A thread that waits for what it asked for.
    private final class Caller implements AutoCloseable {
        private final BlockingQueue<Call> over = new LinkedBlockingQueue<>();
        private final Set<Call> open = new HashSet<>();
        private boolean interrupted;

        void submit(int index, ColumnListener listener, Function<ColumnListener, Request> submission) {
            Call call = new Call(index, listener, over);
            post(() -> call.begin(submission));
            open.add(call);
        }

        Call awaitNext() {
            while (true) {
                try {
                    Call call = over.take();
                    open.remove(call);
                    return call;
                } catch (InterruptedException _) {
                    interrupted = true;
                    cancelAll();
                }
            }
        }

        private void cancelAll() {
            synchronized (inbox) {
                if (!inboxClosed) { // else all are being ended
                    open.forEach(call -> inbox.add(call::cancel));
                }
            }
        }

        /// Leaves nothing under way.
        @Override
        public void close() {
            cancelAll();
            while (!open.isEmpty()) {
                awaitNext();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// One request of a caller.
    private final class Call implements ColumnListener {
        private final int index;
        private final ColumnListener listener;
        private final BlockingQueue<Call> over;
        private Optional<Request> request = Optional.empty();
        private Optional<RuntimeException> failure = Optional.empty();

        Call(int index, ColumnListener listener, BlockingQueue<Call> over) {
            this.index = index;
            this.listener = listener;
            this.over = over;
        }

        /// For the caller, when it is over.
        List<Sample> samples() {
            if (failure.isPresent()) {
                throw failure.get();
            }
            return request.orElseThrow().samples();
        }

        // The rest is for the thread of the batch.

        void begin(Function<ColumnListener, Request> submission) {
            try {
                request = Optional.of(submission.apply(this));
                underWay.add(this);
            } catch (RuntimeException refused) {
                failure = Optional.of(refused);
                tell();
            }
        }

        /// What a listener throws ends its own request only.
        @Override
        public boolean accept(Column column) {
            try {
                return listener.accept(column);
            } catch (RuntimeException thrown) {
                failure = Optional.of(thrown);
                return false;
            }
        }

        void cancel() {
            request.ifPresent(Request::cancel);
        }

        boolean tellIfOver() {
            boolean isOver = request.orElseThrow().isDone();
            if (isOver) {
                tell();
            }
            return isOver;
        }

        void endWith(Optional<RuntimeException> reason) {
            failure = failure.or(() -> reason);
            tell();
        }

        private void tell() {
            over.add(this);
        }
    }
}
