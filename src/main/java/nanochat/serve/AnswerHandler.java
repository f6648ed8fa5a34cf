package nanochat.serve;

import io.javalin.http.Context;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import nanochat.io.BadInputException;
import nanochat.io.Json;

/// Answers `/v1/chat/completions` and `/v1/completions`, whole or as a stream.
final class AnswerHandler {
    /// How long a client hears nothing: the second sign of life after it has left tells that it has.
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(1);

    private final ServedModel model;
    private final Admission admission;
    private final Metrics metrics;
    private final int promptsAtOnce;

    /// @param promptsAtOnce of one order, that wait for the batch
    AnswerHandler(ServedModel model, Admission admission, Metrics metrics, int promptsAtOnce) {
        this.model = model;
        this.admission = admission;
        this.metrics = metrics;
        this.promptsAtOnce = promptsAtOnce;
    }

    /// @param scope in which what is read for the order is shared with others, if it is
    void chat(Context context, Order order, Optional<String> scope) throws IOException, InterruptedException {
        answer(context, order, scope, new ChatForm(model, order.alternatives(), newId(), now()));
    }

    /// @param scope as for [#chat]
    void completions(Context context, Order order, Optional<String> scope) throws IOException, InterruptedException {
        answer(context, order, scope, new CompletionForm(model, order, newId(), now()));
    }

    private static String newId() {
        return HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()) + HexFormat.of().toHexDigits(System.nanoTime());
    }

    private static long now() {
        return System.currentTimeMillis() / 1000;
    }

    private void answer(Context context, Order order, Optional<String> scope, AnswerForm form) throws IOException, InterruptedException {
        admission.enter(order);
        long start = System.nanoTime();
        Gathered gathered = new Gathered(order, start);
        Optional<AnswerStream> out = order.stream()
                ? Optional.of(new AnswerStream(context.req(), context.res(), gathered::wake))
                : Optional.empty();
        boolean complete = false;
        try (Answers _ = new Answers(order, model, promptsAtOnce, scope, event -> {
            out.ifPresent(stream -> send(event, form, order, stream));
            gathered.take(event);
        }, () -> admission.leave(order, Duration.ofNanos(System.nanoTime() - start)))) {
            if (out.isPresent()) {
                stream(gathered, form, order, out.get());
            } else {
                whole(gathered, form, context);
            }
            complete = true;
        } finally {
            gathered.count(complete);
        }
    }

    /// What comes of an event is sent where it comes, by a thread of the batch: handing it to another thread would cost more.
    private static void send(AnswerEvent event, AnswerForm form, Order order, AnswerStream out) {
        switch (event) {
            case AnswerEvent.Read read -> {
                for (int choice = read.prompt() * order.samples(); choice < (read.prompt() + 1) * order.samples(); choice++) {
                    out.send(form.opening(choice, read));
                }
            }
            case AnswerEvent.Piece piece -> out.sendSoon(form.piece(piece));
            case AnswerEvent.Finished end -> out.send(form.finish(end));
            case AnswerEvent.Failed _ -> {
            }
        }
    }

    private static void stream(Gathered gathered, AnswerForm form, Order order, AnswerStream out) throws IOException, InterruptedException {
        while (!gathered.awaitEnd(SIGN_OF_LIFE)) {
            out.check();
            out.showLife(SIGN_OF_LIFE);
        }
        if (gathered.failure().isPresent()) {
            out.fail(refusal(gathered.failure().get()).error());
        } else {
            out.end(order.includeUsage() ? Optional.of(form.usage(gathered.usage())) : Optional.empty());
        }
        out.awaitSent();
    }

    /// A client that waits for a whole answer gets spaces meanwhile, which may stand before JSON: they show whether it is still there.
    private static void whole(Gathered gathered, AnswerForm form, Context context) throws IOException, InterruptedException {
        HttpServletResponse response = context.res();
        while (!gathered.awaitEnd(SIGN_OF_LIFE)) {
            begin(response);
            response.getOutputStream().write(' ');
            response.getOutputStream().flush();
        }
        if (gathered.failure().isPresent()) {
            throw refusal(gathered.failure().get());
        }
        begin(response);
        try (OutputStream out = response.getOutputStream()) {
            out.write(Json.line(form.whole(gathered.reads(), gathered.choices, gathered.usage())).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static void begin(HttpServletResponse response) {
        if (!response.isCommitted()) {
            response.setStatus(200);
            response.setContentType("application/json; charset=utf-8");
        }
    }

    private static ApiException refusal(RuntimeException cause) {
        return switch (cause) {
            case ApiException refused -> refused;
            case BadInputException refused -> ApiException.refused(400, "invalid_value", refused.getMessage());
            default -> throw cause;
        };
    }

    /// What has come of an order so far: told by the threads of the batch, awaited by the thread of the request.
    private final class Gathered {
        private final Order order;
        private final long start;
        private final AnswerEvent.Read[] reads;
        private final List<Choice> choices;
        private Optional<RuntimeException> failure = Optional.empty();
        private boolean awake;
        private long firstText;
        private int cached;
        private int open;

        Gathered(Order order, long start) {
            this.order = order;
            this.start = start;
            this.reads = new AnswerEvent.Read[order.prompts().size()];
            this.choices = IntStream.range(0, order.choices()).mapToObj(_ -> new Choice()).toList();
            this.open = choices.size();
        }

        synchronized void take(AnswerEvent event) {
            switch (event) {
                case AnswerEvent.Read read -> {
                    if (firstText == 0) {
                        firstText = System.nanoTime();
                        metrics.observeFirstToken((firstText - start) * 1e-9);
                    }
                    cached += read.reused();
                    reads[read.prompt()] = read;
                }
                case AnswerEvent.Piece piece -> {
                    if (!order.stream()) { // else it is out already
                        choices.get(piece.choice()).add(piece);
                    }
                }
                case AnswerEvent.Finished end -> {
                    choices.get(end.choice()).finish(end);
                    open--;
                }
                case AnswerEvent.Failed(RuntimeException cause) -> failure = failure.or(() -> Optional.of(cause));
            }
            if (hasEnded()) {
                notifyAll();
            }
        }

        private boolean hasEnded() {
            return open == 0 || failure.isPresent();
        }

        /// Waits until there will be no more, for so long at most, or until somebody wakes it. Returns whether there will be no more.
        synchronized boolean awaitEnd(Duration most) throws InterruptedException {
            long end = System.nanoTime() + most.toNanos();
            for (long left = most.toMillis(); !hasEnded() && !awake && left > 0; left = (end - System.nanoTime()) / 1_000_000) {
                wait(left);
            }
            return hasEnded();
        }

        synchronized void wake() {
            awake = true;
            notifyAll();
        }

        synchronized Optional<RuntimeException> failure() {
            return failure;
        }

        synchronized List<AnswerEvent.Read> reads() {
            return List.of(reads);
        }

        synchronized Usage usage() {
            int prompts = order.prompts().stream().mapToInt(prompt -> prompt.length).sum();
            return Usage.of(prompts, cached, choices.stream().mapToInt(Choice::generated).sum());
        }

        synchronized void count(boolean complete) {
            if (!complete) {
                metrics.countDropped();
            }
            Usage usage = usage();
            metrics.countTokens(usage);
            if (complete && order.choices() == 1 && usage.completionTokens() > 1) {
                metrics.observeNextToken((System.nanoTime() - firstText) * 1e-9 / (usage.completionTokens() - 1));
            }
        }
    }
}
