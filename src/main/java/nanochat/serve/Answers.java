package nanochat.serve;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import nanochat.engine.ColumnListener;
import nanochat.engine.Sample;
import nanochat.engine.TokenLikelihood;

/// The answers to one order, while they are made and read. What the thread of the batch tells waits here, in bounded memory, until the thread that writes to the
/// client takes it: the batch never waits for a client.
final class Answers implements AutoCloseable {
    /// Events that wait; a client that is so far behind is given up.
    static final int MOST_EVENTS = 8192;

    private final Order order;
    private final ServedModel model;
    private final Optional<String> scope;
    private final Runnable whenOver;
    private final Runnable hangUp;
    private final BlockingQueue<AnswerEvent> events = new LinkedBlockingQueue<>(MOST_EVENTS);
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger nextPrompt = new AtomicInteger();
    /// The threads, and who takes the answers.
    private final AtomicInteger open;
    private volatile boolean cancelled;
    private volatile boolean overrun;

    /// Starts them.
    ///
    /// @param promptsAtOnce how many of the order's prompts wait for the batch at a time: what comes after them need not wait for all
    /// @param scope in which what is read for the order is shared with others, see [nanochat.engine.SharedBatch]
    /// @param whenOver called once, when nothing of the order is left in the batch and this is closed
    /// @param hangUp ends a write to a client that is given up
    Answers(Order order, ServedModel model, int promptsAtOnce, Optional<String> scope, Runnable whenOver, Runnable hangUp) {
        this.order = order;
        this.model = model;
        this.scope = scope;
        this.whenOver = whenOver;
        this.hangUp = hangUp;
        int count = Math.min(promptsAtOnce, order.prompts().size());
        open = new AtomicInteger(count + 1);
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofVirtual().name("answers").unstarted(this::run));
        }
        threads.forEach(Thread::start);
    }

    /// What happened next, or nothing in this time.
    ///
    /// @throws IOException when the client is given up, because it reads too slowly
    /// @throws InterruptedException when this thread is interrupted
    Optional<AnswerEvent> next(Duration patience) throws IOException, InterruptedException {
        AnswerEvent event = events.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
        if (event == null && overrun) {
            throw new IOException("the client does not read");
        }
        return Optional.ofNullable(event);
    }

    /// Ends what is under way; without effect where everything has come.
    @Override
    public void close() {
        cancelled = true;
        threads.forEach(Thread::interrupt);
        leave();
    }

    private void leave() {
        if (open.decrementAndGet() == 0) {
            whenOver.run();
        }
    }

    private void run() {
        try {
            for (int prompt = nextPrompt.getAndIncrement(); prompt < order.prompts().size() && !cancelled; prompt = nextPrompt
                    .getAndIncrement()) {
                answer(prompt);
            }
        } catch (RuntimeException failure) {
            tell(new AnswerEvent.Failed(failure));
        } finally {
            leave();
        }
    }

    private void answer(int prompt) {
        PromptListener listener = new PromptListener(prompt);
        List<Sample> samples = model.batch().generate(order.prompts().get(prompt), order.samples(), prompt * order.samples(),
                order.generation(), scope, listener);
        if (!cancelled && (samples.size() < order.samples() || samples.stream().anyMatch(sample -> sample.end() == Sample.End.CANCELLED))) {
            throw ApiException.unavailable("The server is shutting down.");
        }
    }

    private TokenLikelihood wanted(TokenLikelihood likelihood) {
        return likelihood.withAlternatives(order.alternatives().orElse(0));
    }

    private void tell(AnswerEvent event) {
        if (!events.offer(event) && !overrun) {
            overrun = true;
            cancelled = true;
            Thread.startVirtualThread(hangUp); // the batch waits for nobody
        }
    }

    /// Hears on the thread of the batch what becomes of one prompt.
    private final class PromptListener implements ColumnListener {
        private final int prompt;
        private final List<AnswerText> texts;
        private final boolean[] finished;
        private boolean read;

        PromptListener(int prompt) {
            this.prompt = prompt;
            this.texts = IntStream.range(0, order.samples())
                    .mapToObj(sample -> new AnswerText(prompt * order.samples() + sample, model.tokenizer(), order.stops())).toList();
            this.finished = new boolean[order.samples()];
        }

        @Override
        public boolean accept(Column column) {
            for (int row = 0; row < column.rows() && !cancelled; row++) {
                boolean begins = column.token(row) != Column.ENDED || column.end(row).isPresent();
                if (begins && !read) {
                    read = true;
                    tell(new AnswerEvent.Read(prompt, column.reusedTokens(),
                            column.promptLikelihoods().stream().map(Answers.this::wanted).toList()));
                }
                if (begins && !finished[row]) {
                    hear(row, column);
                }
            }
            return !cancelled;
        }

        private void hear(int row, Column column) {
            AnswerText text = texts.get(row);
            if (order.promptOnly()) {
                column.stop(row);
                finish(row, FinishReason.LENGTH);
                return;
            }
            Optional<Sample.End> end = column.end(row);
            if (column.token(row) != Column.ENDED) {
                text.accept(column.token(row), column.sampled(row), column.likelihood(row).map(Answers.this::wanted))
                        .ifPresent(Answers.this::tell);
            } else {
                text.acceptEnd(column.likelihood(row).map(Answers.this::wanted));
            }
            if (text.stopped()) {
                column.stop(row);
                finish(row, FinishReason.STOP);
            } else if (end.isPresent()) {
                text.end().ifPresent(Answers.this::tell);
                finish(row, end.get() == Sample.End.STOPPED || text.stopped() ? FinishReason.STOP : FinishReason.LENGTH);
            }
        }

        private void finish(int row, FinishReason reason) {
            finished[row] = true;
            tell(new AnswerEvent.Finished(prompt * order.samples() + row, reason, texts.get(row).tokens()));
        }
    }
}
