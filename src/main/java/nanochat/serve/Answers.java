package nanochat.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import nanochat.engine.ColumnListener;
import nanochat.engine.Sample;
import nanochat.engine.TokenLikelihood;

/// The answers to one order, while they are made.
final class Answers implements AutoCloseable {
    private final Order order;
    private final ServedModel model;
    private final Optional<String> scope;
    private final Consumer<AnswerEvent> listener;
    private final Runnable whenOver;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger nextPrompt = new AtomicInteger();
    /// The threads, and who takes the answers.
    private final AtomicInteger open;
    private volatile boolean cancelled;

    /// Starts them.
    ///
    /// @param promptsAtOnce how many of the order's prompts wait for the batch at a time: what comes after them need not wait for all
    /// @param scope in which what is read for the order is shared with others, see [nanochat.engine.SharedBatch]
    /// @param listener told what happens, mostly on the threads of the batch: it must not wait for anything, not even for the client
    /// @param whenOver called once, when nothing of the order is left in the batch and this is closed
    Answers(Order order, ServedModel model, int promptsAtOnce, Optional<String> scope, Consumer<AnswerEvent> listener, Runnable whenOver) {
        this.order = order;
        this.model = model;
        this.scope = scope;
        this.listener = listener;
        this.whenOver = whenOver;
        int count = Math.min(promptsAtOnce, order.prompts().size());
        open = new AtomicInteger(count + 1);
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofVirtual().name("answers").unstarted(this::run));
        }
        threads.forEach(Thread::start);
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
            listener.accept(new AnswerEvent.Failed(failure));
        } finally {
            leave();
        }
    }

    private void answer(int prompt) {
        List<Sample> samples = model.batch().generate(order.prompts().get(prompt), order.samples(), prompt * order.samples(),
                order.generation(), scope, new PromptListener(prompt));
        if (!cancelled && (samples.size() < order.samples() || samples.stream().anyMatch(sample -> sample.end() == Sample.End.CANCELLED))) {
            throw ApiException.unavailable("The server is shutting down.");
        }
    }

    private TokenLikelihood wanted(TokenLikelihood likelihood) {
        return likelihood.withAlternatives(order.alternatives().orElse(0));
    }

    /// Hears from the batch what becomes of one prompt.
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
                    listener.accept(new AnswerEvent.Read(prompt, column.reusedTokens(),
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
                        .ifPresent(listener);
            } else {
                text.acceptEnd(column.likelihood(row).map(Answers.this::wanted));
            }
            if (text.stopped()) {
                column.stop(row);
                finish(row, FinishReason.STOP);
            } else if (end.isPresent()) {
                text.end().ifPresent(listener);
                finish(row, end.get() == Sample.End.STOPPED || text.stopped() ? FinishReason.STOP : FinishReason.LENGTH);
            }
        }

        private void finish(int row, FinishReason reason) {
            finished[row] = true;
            listener.accept(new AnswerEvent.Finished(prompt * order.samples() + row, reason, texts.get(row).tokens()));
        }
    }
}
