package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import nanochat.explain.Lab.Status;
import nanochat.io.BadInputException;
import nanochat.page.Block;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Who waits, who is replaced, what ends, with topics that do what the test wants.
@Timeout(value = 600, unit = TimeUnit.SECONDS)
class LabTest {
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    /// One lab at a time uses it.
    private static final Subjects TINY = Subjects.tiny(List.of(), 1);

    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private final List<String> begun = new CopyOnWriteArrayList<>();
    private final CountDownLatch gate = new CountDownLatch(1);
    private Lab lab = new Lab(TINY, errors::add);

    /// Its words are those of another topic.
    private record Scripted(BiConsumer<Knobs, Explanation> script) implements Topic {
        @Override
        public String name() {
            return "loss";
        }

        @Override
        public List<Knob> knobs() {
            return List.of(new Knob.Whole("n", 0, 0, 100));
        }

        @Override
        public void explain(Subject subject, Knobs chosen, Explanation explanation) {
            script.accept(chosen, explanation);
        }
    }

    /// Says which it is when it begins and goes on when the gate is opened.
    private Topic gated() {
        return new Scripted((knobs, page) -> {
            begun.add(knobs.text("n"));
            page.section("mean.title");
            await(gate);
            page.show(new Block.Paragraph(knobs.text("n")));
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(5, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private Lab.Question ask(String reader, Topic topic, int n) {
        return lab.ask(reader, topic, Language.EN, Map.of("n", Integer.toString(n))).orElseThrow();
    }

    private static Status last(Lab.Question question) throws InterruptedException {
        Status status = question.status();
        while (!status.isLast()) {
            status = question.await(status, PATIENCE).orElseThrow();
        }
        return status;
    }

    private void awaitBegun(int count) throws InterruptedException {
        while (begun.size() < count) {
            Thread.sleep(5);
        }
    }

    @AfterEach
    void close() {
        gate.countDown();
        lab.close();
    }

    @Test
    void theNewestQuestionOfAReaderTakesThePlaceOfTheOneBefore() throws InterruptedException {
        Topic topic = gated();
        Lab.Question other = ask("other", topic, 0);
        awaitBegun(1);
        assertThat(other.status()).isEqualTo(new Status.Working("The mean"));
        Lab.Question first = ask("me", topic, 1);
        Lab.Question between = ask("third", topic, 7);
        assertThat(first.status()).isEqualTo(new Status.Waiting(1));
        assertThat(between.status()).isEqualTo(new Status.Waiting(2));
        Lab.Question second = ask("me", topic, 2);
        assertThat(first.status()).isEqualTo(new Status.Dropped());
        assertThat(between.status()).isEqualTo(new Status.Waiting(1));
        Lab.Question third = ask("me", topic, 3);
        gate.countDown();
        assertThat(last(other)).isInstanceOf(Status.Answered.class);
        assertThat(last(third)).isInstanceOf(Status.Answered.class);
        assertThat(second.status()).isEqualTo(new Status.Dropped());
        assertThat(begun).containsExactly("0", "7", "3");
    }

    @Test
    void workThatNobodyWaitsForStops() throws InterruptedException {
        Lab.Question left = ask("me", gated(), 1);
        awaitBegun(1);
        left.leave();
        Lab.Question next = ask("other", gated(), 1);
        gate.countDown();
        assertThat(last(next)).isInstanceOf(Status.Answered.class);
        assertThat(begun).as("the first one did not come to its end, so nothing was kept of it").containsExactly("1", "1");
        assertThat(left.status()).isEqualTo(new Status.Dropped());
    }

    @Test
    void whatWasExplainedLatelyIsAtHand() throws InterruptedException {
        gate.countDown();
        Status first = last(ask("me", gated(), 5));
        assertThat(ask("other", gated(), 5).status()).isEqualTo(first);
        assertThat(begun).hasSize(1);
        assertThat(last(lab.ask("me", gated(), Language.ZH, Map.of("n", "5")).orElseThrow())).as("in another language")
                .isNotEqualTo(first);
    }

    @Test
    void onlyAFewMayWait() throws InterruptedException {
        Topic topic = gated();
        ask("first", topic, 0);
        awaitBegun(1);
        for (int i = 1; i <= 8; i++) {
            assertThat(ask("reader " + i, topic, i).status()).isEqualTo(new Status.Waiting(i));
        }
        assertThat(lab.ask("one too many", topic, Language.EN, Map.of())).isEmpty();
        assertThat(lab.ask("reader 3", topic, Language.EN, Map.of("n", "50"))).as("who already waits may ask anew").isPresent();
    }

    @Test
    void nothingTakesLongerThanItsTime() throws InterruptedException {
        lab.close();
        lab = new Lab(TINY, errors::add, Duration.ofMillis(50));
        Topic endless = new Scripted((_, page) -> {
            for (;;) {
                page.show(new Block.Paragraph("and so on"));
                pause();
            }
        });
        assertThat(last(ask("me", endless, 0))).isEqualTo(new Status.TooSlow(Duration.ofMillis(50)));
    }

    private static void pause() {
        try {
            Thread.sleep(1);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatGoesWrongIsSaidAndTheNextQuestionIsAnswered() throws InterruptedException {
        IllegalStateException defect = new IllegalStateException("a defect");
        assertThat(last(ask("me", new Scripted((_, _) -> {
            throw defect;
        }), 1))).isEqualTo(new Status.Failed());
        assertThat(errors).containsExactly(defect);
        assertThat(last(ask("me", new Scripted((_, _) -> {
            throw new BadInputException("not so");
        }), 2))).isEqualTo(new Status.Refused("not so"));
        assertThat(errors).hasSize(1);
        assertThatThrownBy(() -> lab.ask("me", gated(), Language.EN, Map.of("n", "101"))).isInstanceOf(BadInputException.class);
        gate.countDown();
        assertThat(last(ask("me", gated(), 3))).isInstanceOf(Status.Answered.class);
    }

    @Test
    void whoWaitsWhenItIsClosedIsTold() throws InterruptedException {
        Lab.Question under = ask("me", gated(), 1);
        awaitBegun(1);
        Lab.Question waiting = ask("you", gated(), 2);
        Thread closing = Thread.ofPlatform().start(lab::close);
        assertThat(last(waiting)).isEqualTo(new Status.Dropped());
        assertThat(last(under)).isEqualTo(new Status.Dropped());
        gate.countDown();
        closing.join();
        assertThat(last(lab.ask("me", gated(), Language.EN, Map.of()).orElseThrow())).isEqualTo(new Status.Dropped());
    }

    /// The model made on the spot is the same each time it is opened, and the same as without a lab.
    @Test
    void openedAgainTheTinyModelIsTheSame() {
        float[] first = firstMatrix(TINY.open());
        assertThat(firstMatrix(TINY.open())).isEqualTo(first);
        assertThat(firstMatrix(Subject.tiny(List.of(), 1))).isEqualTo(first);
    }

    private static float[] firstMatrix(Subject subject) {
        try (subject) {
            return subject.backend().read(subject.parameters().layer(0).mlpFc().value());
        }
    }
}
